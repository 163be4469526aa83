import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../packages/server/test/fresh-database.ts'
import { eventually } from './support/eventually.ts'
import { holdWrites } from './support/hold-writes.ts'
import {
  type ServerProcess,
  type ServerProcessOptions,
  type SpawnedServer,
  spawnServer,
  startServerProcess,
} from './support/server-process.ts'
import { FAULTY_ARGUMENTS, HEARS_SIGTERM } from './support/thread-faults.ts'

/** Generous: others work on this machine, and nothing here is about speed. */
const WITHIN_MS = 60_000

let database: FreshDatabase
let server: ServerProcess | SpawnedServer
beforeEach(async () => {
  database = await freshDatabase('sqlite')
})
afterEach(async () => {
  server?.kill()
  await server?.ended
  await database?.remove()
})

test('one SIGTERM ends a server that still starts', async () => {
  const writes = await holdWrites(database.url)
  const starting = spawnServer(faulty('throw:1'))
  server = starting
  await eventually(WITHIN_MS, () => starting.stderr().includes(HEARS_SIGTERM))
  starting.signal('SIGTERM')
  expect(await starting.ended).toEqual({ code: 0, signal: null })
  expect(starting.stderr()).not.toContain('listens on')
  await writes.release()
})

test('one SIGTERM ends a server whose only data-plane thread stands still; SIGUSR1 opens no debugger', async () => {
  server = await startFaultyServer('stall:1')
  server.signal('SIGUSR1')
  server.signal('SIGUSR2')
  server.signal('SIGTERM')
  expect(await server.ended).toEqual({ code: expect.any(Number), signal: null })
  expect(server.stderr()).not.toContain('Debugger')
})

test('the third death of a thread within a minute ends the process with 1, and it says why', async () => {
  server = await startFaultyServer('throw:1')
  for (const deaths of [1, 2]) {
    server.signal('SIGUSR2')
    await eventually(WITHIN_MS, () => countOf('a data-plane thread listens again') === deaths)
  }
  server.signal('SIGUSR2')
  expect(await server.ended).toEqual({ code: 1, signal: null })
  expect(countOf('a data-plane thread has ended')).toBe(3)
  expect(countOf('the server cannot go on and ends')).toBe(1)
  expect(server.stderr()).toContain('error: the server cannot go on: 3 data-plane threads ended within 60 s')
})

function startFaultyServer(fault: string): Promise<ServerProcess> {
  return startServerProcess(faulty(fault))
}

function faulty(fault: string): ServerProcessOptions {
  return { databaseUrl: database.url, nodeOptions: FAULTY_ARGUMENTS, env: { THREAD_FAULT: fault } }
}

function countOf(message: string): number {
  return server
    .stdout()
    .split('\n')
    .filter((line) => line.includes(message)).length
}

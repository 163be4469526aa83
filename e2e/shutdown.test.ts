import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../packages/server/test/fresh-database.ts'
import { auditDatabase } from './support/crash/audit.ts'
import { eventually } from './support/eventually.ts'
import { holdWrites } from './support/hold-writes.ts'
import { accessHeaders, type Bootstrapped, bootstrapKey } from './support/key-holder.ts'
import { parseAnswers } from './support/raw-connection.ts'
import { DIALECTS } from './support/running-server.ts'
import { type ServerProcess, spawnServer, startServerProcess } from './support/server-process.ts'

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url))
const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
const GENERATE = '/trade-api/v2/api_keys/generate'
const UNDER_WAY = 8
/** What the server grants to requests that are under way. */
const STOP_WITHIN_MS = 10_000

describe.each(DIALECTS)('a server that is told to stop (%s)', (dialect) => {
  let database: FreshDatabase
  let holder: Bootstrapped
  let server: ServerProcess
  let port: number
  let sockets: Socket[]

  beforeEach(async () => {
    sockets = []
    database = await freshDatabase(dialect)
    holder = await bootstrapKey(database.url, 'shutdown', 'rsa')
    server = await startServerProcess({ databaseUrl: database.url })
    port = Number(new URL(server.url).port)
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    server?.kill()
    await server?.ended
    await database?.remove()
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('answers what is under way and ends with 0 (%s)', async (signal) => {
    const writes = await holdWrites(database.url)
    // The answer to the first request shows that the second one, of the same segment, has arrived.
    const underWay = Array.from({ length: UNDER_WAY }, (_, index) => open(HEALTH + generate(index)))
    await eventually(5_000, () => underWay.every((connection) => statusesOf(connection).length === 1))

    const start = performance.now()
    server.signal(signal)
    await eventually(5_000, isRefused)
    expect(underWay.map(statusesOf)).toEqual(Array(UNDER_WAY).fill([200]))
    await writes.release()

    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - start).toBeLessThan(STOP_WITHIN_MS)
    await Promise.all(underWay.map(({ closed }) => closed))
    expect(underWay.map(statusesOf)).toEqual(Array(UNDER_WAY).fill([200, 201]))

    await expectClosedDatabase()
    const made = underWay.map((connection) => JSON.parse(answersOf(connection)[1]?.body ?? '').api_key_id)
    const { keyIds, problems } = await auditDatabase(database.url)
    expect(problems).toEqual([])
    expect([...keyIds].sort()).toEqual([...made, holder.keyId].sort())
  })

  test('does not wait for connections on which nothing is under way', async () => {
    const silent = open('')
    await once(silent.socket, 'connect')
    const used = open(HEALTH)
    await eventually(5_000, () => statusesOf(used).length === 1)

    const start = performance.now()
    server.signal('SIGTERM')
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - start).toBeLessThan(STOP_WITHIN_MS / 2)
    await expectClosedDatabase()
  })

  test('cuts off what is not done after 10 s and ends with 1', async () => {
    const stalled = open(HEALTH + generate(0).slice(0, -1))
    await eventually(5_000, () => statusesOf(stalled).length === 1)

    const start = performance.now()
    server.signal('SIGTERM')
    expect(await server.ended).toEqual({ code: 1, signal: null })
    const tookMs = performance.now() - start
    expect(tookMs).toBeGreaterThan(STOP_WITHIN_MS - 500)
    expect(tookMs).toBeLessThan(STOP_WITHIN_MS + 3_000)
    await expectClosedDatabase()
  })

  interface Connection {
    readonly socket: Socket
    readonly received: Buffer[]
    readonly closed: Promise<unknown>
  }

  function open(bytes: string): Connection {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    const received: Buffer[] = []
    const closed = once(socket, 'close')
    // How a connection ends shows in its answers.
    socket.on('data', (chunk: Buffer) => received.push(chunk)).on('error', () => {})
    socket.write(bytes)
    return { socket, received, closed }
  }

  function answersOf({ received }: Connection) {
    return parseAnswers(Buffer.concat(received)).answers
  }

  function statusesOf(connection: Connection): number[] {
    return answersOf(connection).map(({ status }) => status)
  }

  function generate(index: number): string {
    const body = JSON.stringify({ name: `under way ${index}`, key_type: index % 2 ? 'rsa' : 'ed25519' })
    const headers = {
      Host: 'localhost',
      ...accessHeaders(holder, 'POST', GENERATE),
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return `POST ${GENERATE} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
  }

  async function isRefused(): Promise<boolean> {
    const socket = connect(port, '127.0.0.1')
    const refused = await once(socket, 'connect').then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
    )
    socket.destroy()
    return refused
  }

  /** SQLite deletes its journal when the last connection closes in order; in PostgreSQL no connection of ours is left. */
  async function expectClosedDatabase(): Promise<void> {
    if (!database.url.startsWith('sqlite:')) return
    const path = database.url.slice('sqlite:'.length)
    expect([existsSync(path), existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([true, false, false])
  }
})

test.each(['SIGTERM', 'SIGINT'] as const)('npm start, told to stop, stops the server (%s)', async (signal) => {
  const database = await freshDatabase('sqlite')
  // Without what npm runs before: the dashboard is built elsewhere.
  const command = ['/bin/sh', '-c', 'exec npm start --ignore-scripts']
  const server = await startServerProcess({ databaseUrl: database.url, folder: REPOSITORY, command })
  try {
    server.signal(signal)
    // It has ended when nobody has its standard output open any more, a server that npm left behind neither.
    expect(await server.ended).toEqual({ code: 0, signal: null })
    const path = database.url.slice('sqlite:'.length)
    expect([existsSync(path), existsSync(`${path}-wal`)]).toEqual([true, false])
  } finally {
    server.kill()
    await database.remove()
  }
})

test('a second server on the same port ends with 1 and says what to do', async () => {
  const database = await freshDatabase('sqlite')
  const first = await startServerProcess({ databaseUrl: database.url })
  try {
    const port = new URL(first.url).port
    const env = { COUNTERSIGN_PORT: port, COUNTERSIGN_SINGLE_NODE_PROMISES: 'true' }
    const second = spawnServer({ databaseUrl: database.url, env })
    expect(await second.ended).toEqual({ code: 1, signal: null })
    const [error, fix] = second.stderr().split('\n')
    expect(error).toBe(`error: listen EADDRINUSE: address already in use 127.0.0.1:${port}`)
    expect(fix).toMatch(/^ {2}fix {2}stop what listens there, or choose .*--port/)
    // It logs what verifies signatures, and nothing of a deployment key that it did not come to use.
    const logged = second
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).msg)
    expect(new Set(logged)).toEqual(new Set(['signatures are verified']))
  } finally {
    first.kill()
    await first.ended
    await database.remove()
  }
})

test('a second server over the same database ends with 1 and says what to do; one that was killed does not count', async () => {
  const database = await freshDatabase('sqlite')
  const first = await startServerProcess({ databaseUrl: database.url })
  try {
    const second = spawnServer({ databaseUrl: database.url })
    expect(await second.ended).toEqual({ code: 1, signal: null })
    const [error, fix] = second.stderr().split('\n')
    expect(error).toMatch(/^error: another node of this database runs: process \d+ on .+Neither has a Redis\./)
    expect(fix).toMatch(/^ {2}fix {2}give all nodes the same Redis \(COUNTERSIGN_REDIS_URL\).*--single-node-promises/)
    expect(second.stdout()).toBe('')
    first.kill()
    await first.ended
    const third = await startServerProcess({ databaseUrl: database.url })
    third.signal('SIGTERM')
    expect(await third.ended).toEqual({ code: 0, signal: null })
  } finally {
    first.kill()
    await first.ended
    await database.remove()
  }
})

import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { THREAD_LIFE } from '../packages/server/src/authorize/data-plane.ts'
import { type AskedServer, startAskedServer } from './support/asked-server.ts'
import { type Answer, call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { accessHeaders } from './support/key-holder.ts'
import { FAULTY_ARGUMENTS, failThread } from './support/thread-faults.ts'

/** Generous: others work on this machine, and nothing here is about speed. */
const BACK_WITHIN_MS = 30_000

const THREADS = ['main', 'data-1', 'data-2']
const RESTARTS = 'countersign_thread_restarts_total'
const ORDER = { method: 'POST', target: '/orders' } as const
const RULES = [
  { match: 'GET /**', under: 'root', scope: 'read' },
  { match: 'POST /**', under: 'root', scope: 'write', replay: 'strict' },
] as const
const life = {
  ...THREAD_LIFE,
  maxDeaths: 100,
  worker: { execArgv: FAULTY_ARGUMENTS, resourceLimits: { maxOldGenerationSizeMb: 64 } },
}

describe('a data plane', () => {
  let server: AskedServer
  beforeAll(async () => {
    // A window that outlasts slow starts: what is sent twice is refused as used, not as old.
    server = await startAskedServer('sqlite', { life, settings: { rules: RULES, workers: 2, windowMs: 300_000 } })
  })
  afterAll(() => server?.close())

  test.each([
    ['throw', 1],
    ['exit', 2],
    ['exhaust', 3],
    ['stall', 4],
  ] as const)('answers again after one of its threads did: %s', async (fault, restarts) => {
    const { customer, ask, port, authorizePort, metric } = server
    const before = { ...ORDER, headers: accessHeaders(customer, ORDER.method, ORDER.target) }
    expect((await ask(before)).status).toBe(200)

    failThread(1, fault)
    // Nobody has noticed yet: what the thread counted last is shown, and nobody waits for it.
    expect((await call({ port }, 'GET', '/metrics')).text).toContain('countersign_thread_up{thread="data-2"} 1')
    await eventually(BACK_WITHIN_MS, async () => (await metric(RESTARTS, 'thread="data-1"')) === restarts)
    await eventually(BACK_WITHIN_MS, async () => (await statusAt(port, '/readyz')) === 200)

    for (const at of [port, authorizePort]) {
      const health = JSON.parse((await call({ port: at }, 'GET', '/healthz')).text)
      expect(health).toEqual({ status: 'ok', threads: THREADS.map((name) => ({ name, state: 'up' })) })
    }
    expect((await ask({ as: customer })).status).toBe(200)
    expect(await ask(before)).toMatchObject({ status: 401, refusal: expect.stringContaining('ALREADY_USED') })
    if (fault === 'stall') expect(await metric('countersign_thread_stalls_total', 'thread="data-1"')).toBeGreaterThan(0)
    expect(await metric(RESTARTS, 'thread="data-2"')).toBe(0)
  })

  test('says on both planes that a thread stands still', async () => {
    failThread(1, 'stall')
    const said = await Promise.all(
      [server.port, server.authorizePort].flatMap((port) =>
        ['/healthz', '/readyz'].map((path) =>
          eventually(BACK_WITHIN_MS, async () => (await answerAt(port, path))?.includes('data-1 is ') ?? false),
        ),
      ),
    )
    expect(said).toHaveLength(4)
    await eventually(BACK_WITHIN_MS, async () => (await statusAt(server.port, '/readyz')) === 200)
  })
})

test('a spare thread takes the place of the only one, each time', async () => {
  const lines: string[] = []
  const log = createLogger('debug', { write: (line) => void lines.push(line) })
  const has = (message: string, count: number) =>
    eventually(BACK_WITHIN_MS, async () => lines.filter((line) => line.includes(message)).length === count)
  const server = await startAskedServer('sqlite', { life: { ...life, spareAfterMs: 0 }, log, settings: { workers: 1 } })
  try {
    for (const [times, fault] of [[1, 'exit'] as const, [2, 'stall'] as const]) {
      await has('a spare thread is loaded', times)
      failThread(1, fault)
      await has('a data-plane thread listens again', times)
      await has('a spare thread took over', times)
      const isAnswered = async () => (await server.ask({ as: server.customer }).catch(() => undefined))?.status === 200
      await eventually(BACK_WITHIN_MS, isAnswered)
      // The spare behind it is no thread of the data plane.
      await has('a spare thread is loaded', times + 1)
      const { text } = await call({ port: server.authorizePort }, 'GET', '/healthz')
      expect(JSON.parse(text).threads).toEqual(['main', 'data-1'].map((name) => ({ name, state: 'up' })))
    }
  } finally {
    await server.close()
  }
})

async function statusAt(port: number, path: string): Promise<number | undefined> {
  return (await tryCall(port, path))?.status
}

async function answerAt(port: number, path: string): Promise<string | undefined> {
  return (await tryCall(port, path))?.text
}

/** A connection may meet the thread that is down, or stands still: that is no answer. */
function tryCall(port: number, path: string): Promise<Answer | undefined> {
  const answer = call({ port }, 'GET', path).catch(() => undefined)
  return Promise.race([answer, sleep(5_000, undefined, { ref: false })])
}

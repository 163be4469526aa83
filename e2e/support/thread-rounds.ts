import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '@countersign/server'
import { describe, expect, test } from 'vitest'
import { THREAD_LIFE } from '../../packages/server/src/authorize/data-plane.ts'
import { givenAccount } from '../../packages/server/test/records.ts'
import { type AskedServer, startAskedServer } from './asked-server.ts'
import { eventually } from './eventually.ts'
import { type GivenKey, givenKey } from './given-key.ts'
import { accessHeaders, type KeyHolder } from './key-holder.ts'
import { FAULTY_ARGUMENTS, failThread, type ThreadFault } from './thread-faults.ts'

/** How many rounds are run with how many data-plane threads. */
export interface ThreadRounds {
  readonly workers: number
  readonly rounds: number
  /** Longest time from the end of a thread until a new connection is answered, in milliseconds. */
  readonly backWithinMs: number
}

const FAULTS: readonly ThreadFault[] = ['throw', 'exit', 'stall', 'exhaust']
const RULES = [{ match: 'POST /**', under: 'root', scope: 'write', replay: 'strict' }] as const

/** What a tier of 100 tokens and 100 more a second allows, at 10 tokens a request. */
const LIMIT = { capacity: 10, refillPerSecond: 10 }

/** An answer later than this is none: a thread that stands still is ended within 2 s, and its connections with it. */
const HANGS_AFTER_MS = 20_000

/** Longest wait for a round to be over: a thread takes half a second of processor time to start, of which a busy machine gives little. */
const WAITS_MS = 60_000

/** Between two orders of a sender: the load is bounded, and leaves the machine to others. */
const PAUSE_MS = 5

/** How long a sender waits that was refused a connection: all of them at once would take the processor from the thread that starts. */
const RETRY_MS = 100

/** Sent again after each round: what was allowed last. */
const KEPT = 20

/** Describes what dying threads must not do; the figures of each are printed. */
export function describeThreadRounds(all: readonly ThreadRounds[]): void {
  describe.each(all)('$workers data-plane threads of which one fails under load, $rounds times', (given) => {
    test(
      'come back, admit nothing twice, exceed no limit and leave nobody waiting',
      async () => {
        const report = await runThreadRounds(given)
        console.log(`thread rounds: ${JSON.stringify({ ...given, ...report })}`)
        expect(report).toMatchObject({ replaysAccepted: 0, hung: 0, roundsDone: given.rounds })
        expect(report.limited.allowed).toBeLessThanOrEqual(report.limited.allowedAtMost)
        expect(report.maxBackMs).toBeLessThanOrEqual(given.backWithinMs)
        expect(report.allowed).toBeGreaterThan(given.rounds)
      },
      60_000 + given.rounds * 60_000,
    )
  })
}

async function runThreadRounds({ workers, rounds }: ThreadRounds) {
  const seen: { readonly at: number; readonly line: string }[] = []
  const log = createLogger('info', { write: (line) => void seen.push({ at: performance.now(), line }) })
  const life = {
    ...THREAD_LIFE,
    maxDeaths: Number.POSITIVE_INFINITY,
    spareAfterMs: 0,
    worker: { execArgv: FAULTY_ARGUMENTS, resourceLimits: { maxOldGenerationSizeMb: 64 } },
  }
  const settings = { workers, rules: RULES }
  const server = await startAskedServer('sqlite', { life, settings, log })
  const { accountId } = await givenAccount(server.database, { name: 'Limited', tier: 'basic' })
  const load = startLoad(server, await givenKey(server.database, accountId))
  const spares = () => seen.filter(({ line }) => line.includes('a spare thread is loaded')).length
  const backMs: number[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      if (workers === 1) await eventually(WAITS_MS, () => spares() > round)
      const from = seen.length
      failThread(1 + (Math.floor(round / FAULTS.length) % workers), FAULTS[round % FAULTS.length] ?? 'throw')
      const found = (what: string) => seen.slice(from).find(({ line }) => line.includes(what))
      await eventually(WAITS_MS, () => found('a data-plane thread has ended') !== undefined)
      const endedAt = found('a data-plane thread has ended')?.at ?? 0
      await eventually(WAITS_MS, async () => (await sendOnce(server, order(server.customer))) === 200)
      backMs.push(performance.now() - endedAt)
      await eventually(WAITS_MS, () => found('a data-plane thread listens again') !== undefined)
      await load.sendKeptAgain()
    }
  } finally {
    await load.stop()
    await server.close()
  }
  const sorted = backMs.toSorted((a, b) => a - b)
  return {
    ...load.report(),
    roundsDone: backMs.length,
    medianBackMs: Math.round(sorted[sorted.length >> 1] ?? 0),
    backLaterThan2s: backMs.filter((ms) => ms > 2_000).length,
    maxBackMs: Math.round(sorted.at(-1) ?? 0),
  }
}

interface Order {
  readonly headers: Readonly<Record<string, string>>
}

function order(as: KeyHolder): Order {
  return {
    headers: {
      'X-Original-Method': 'POST',
      'X-Original-URI': '/orders',
      'X-Forwarded-For': '203.0.113.7',
      ...accessHeaders(as, 'POST', '/orders'),
    },
  }
}

/** Customers of whom each order is sent twice at once, and one that sends more than its limit. */
function startLoad(server: AskedServer, limited: GivenKey) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const kept: Order[] = []
  let isStopped = false
  let [allowed, replaysAccepted, hung, resets, limitedAllowed] = [0, 0, 0, 0, 0]
  const startedAt = performance.now()
  let endedAt = startedAt

  async function send(what: Order): Promise<number | undefined> {
    const status = await sendOnce(server, what, agent)
    if (status === 'hung') hung++
    if (status === 'reset') {
      resets++
      await sleep(RETRY_MS)
    }
    return typeof status === 'number' ? status : undefined
  }

  async function sendTwice(): Promise<void> {
    const what = order(server.customer)
    const statuses = await Promise.all([send(what), send(what)])
    const accepted = statuses.filter((status) => status === 200).length
    if (accepted > 1) replaysAccepted++
    if (accepted === 0) return
    allowed++
    kept.push(what)
    if (kept.length > KEPT) kept.shift()
  }

  async function spend(): Promise<void> {
    if ((await send(order(limited))) === 200) limitedAllowed++
  }

  const loops = [sendTwice, sendTwice, sendTwice, spend, spend].map(async (step) => {
    while (!isStopped) {
      await step()
      await sleep(PAUSE_MS)
    }
  })
  return {
    /** What was allowed once must be refused now, whichever thread allowed it. */
    async sendKeptAgain(): Promise<void> {
      const statuses = await Promise.all(kept.splice(0).map(send))
      replaysAccepted += statuses.filter((status) => status === 200).length
    },
    async stop(): Promise<void> {
      isStopped = true
      await Promise.all(loops)
      endedAt = performance.now()
      agent.destroy()
    },
    report: () => ({
      allowed,
      replaysAccepted,
      hung,
      resets,
      limited: {
        allowed: limitedAllowed,
        allowedAtMost: Math.floor(LIMIT.capacity + (LIMIT.refillPerSecond * (endedAt - startedAt)) / 1000),
      },
    }),
  }
}

/** The status that a proxy gets; a connection of its own where no agent is given. */
function sendOnce({ authorizePort: port }: AskedServer, { headers }: Order, agent?: Agent) {
  return new Promise<number | 'hung' | 'reset'>((resolve) => {
    const timeout = AbortSignal.timeout(HANGS_AFTER_MS)
    const path = '/authorize'
    const sent = request(
      { agent: agent ?? false, host: '127.0.0.1', port, path, headers, signal: timeout },
      (answer) => {
        answer.resume().once('close', () => resolve(answer.statusCode ?? 0))
      },
    )
    sent.once('error', () => resolve(timeout.aborted ? 'hung' : 'reset'))
    sent.end()
  })
}

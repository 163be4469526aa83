import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { HAS_REDIS } from '../../../packages/redis/test/redis-server.ts'
import { givenAccount } from '../../../packages/server/test/records.ts'
import { eventually } from '../eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from '../given-key.ts'
import { type AskedNodes, askNodes, type Order, signOrder } from './ask-nodes.ts'
import { type Allowed, exceedsLimit } from './exceeds-limit.ts'
import { NODE_FAULTS, type NodeFault } from './node-faults.ts'
import { type Nodes, startNodes } from './start-nodes.ts'

/** How much is asked. */
export interface NodeRounds {
  /** Signatures of which copies are sent to all nodes at once, while nothing is wrong. */
  readonly signatures: number
  readonly copies: number
  readonly faults: readonly NodeFault[]
  /** How long that stands still which does, in milliseconds. */
  readonly faultMs: number
  /** How long the storm on one bucket lasts while nothing is wrong, in milliseconds. */
  readonly stormMs: number
  /** Time limit of a call to Redis, in milliseconds. */
  readonly timeoutMs: number
}

const LIMIT = { capacity: 50, refillPerSecond: 25 }
const UNLIMITED = { capacity: 1_000_000, refillRate: 1_000_000 }
const LIMITED = { capacity: LIMIT.capacity, refillRate: LIMIT.refillPerSecond }
const CONFIG = {
  tiers: {
    basic: { read: LIMITED, write: UNLIMITED },
    prestige: { read: UNLIMITED, write: UNLIMITED },
  },
  rules: [
    { match: 'POST /orders', under: 'root', scope: 'write', replay: 'strict' },
    { match: 'GET /limited', under: 'root', scope: 'read', cost: 1 },
  ],
} as const

/** Between two requests of a sender: the load is bounded. Three of them still want more than the limit. */
const PAUSE_MS = 20
/** Longest wait until all nodes answer again, on a machine that others use too. */
const BACK_WITHIN_MS = 60_000
/** Sent again after each fault: what was sent last, all of it within its time window. */
const KEPT = 200

/** Describes what nodes must not do together. The figures are printed. */
export function describeNodeRounds(rounds: NodeRounds): void {
  describe.runIf(HAS_REDIS)('three nodes over one PostgreSQL and one Redis', () => {
    test('accept a signature once and keep a limit, whatever fails', { timeout: 1_800_000 }, async () => {
      const report = await runNodeRounds(rounds)
      console.log(`node rounds: ${JSON.stringify(report, null, 2)}`)
      expect(report.quiet.allowedOnce).toBe(rounds.signatures)
      expect(report.replaysAccepted).toBe(0)
      expect(report.tokensOverTheLimit).toBeLessThanOrEqual(1)
      expect(report.allowedInTheStorm).toBeGreaterThan(LIMIT.capacity)
      expect(Object.keys(report.answersBackMs)).toEqual([...rounds.faults])
    })
  })
}

async function runNodeRounds({ signatures, copies, faults, faultMs, stormMs, timeoutMs }: NodeRounds) {
  const ownPostgres = faults.includes('kill -9 of PostgreSQL')
  await using nodes = await startNodes({ config: { ...CONFIG, redis: { timeoutMs } }, ownPostgres })
  using asked = askNodes(nodes)
  const customer = await givenKey(nodes.database, await givenCustomer(nodes.database, 'Alice'))
  const { accountId } = await givenAccount(nodes.database, { name: 'Limited', tier: 'basic' })
  const limited = await givenKey(nodes.database, accountId)

  const quiet = await sendSignatures(asked, customer, signatures, copies)
  const replays = startReplays(asked, customer)
  const storm = startStorm(asked, limited)
  const answersBackMs: Record<string, number> = {}
  try {
    await sleep(stormMs)
    for (const fault of faults) {
      await NODE_FAULTS[fault](nodes, faultMs)
      answersBackMs[fault] = Math.round(await eventually(BACK_WITHIN_MS, () => allAnswer(asked, nodes, customer)))
      await replays.sendKeptAgain()
    }
    await sleep(stormMs)
  } finally {
    await Promise.all([replays.stop(), storm.stop()])
  }
  return {
    nodes: nodes.nodes.length,
    copies,
    quiet,
    ...replays.report(),
    allowedInTheStorm: storm.allowed.length,
    sentInTheStorm: storm.sent(),
    tokensOverTheLimit: Number(exceedsLimit(storm.allowed, LIMIT).toFixed(2)),
    answersBackMs,
  }
}

/** Sends copies of signatures, one signature after another, spread over all nodes. */
async function sendSignatures(asked: AskedNodes, customer: GivenKey, signatures: number, copies: number) {
  const others: Record<string, number> = {}
  let allowedOnce = 0
  for (let i = 0; i < signatures; i++) {
    const order = signOrder(customer, 'POST', '/orders')
    const statuses = await Promise.all(Array.from({ length: copies }, (_, copy) => asked.send(copy % 3, order)))
    const allowed = statuses.filter((status) => status === 200).length
    if (allowed === 1) allowedOnce++
    for (const status of statuses)
      if (status !== 200 && status !== 401) others[`${status}`] = (others[`${status}`] ?? 0) + 1
  }
  return { signatures, allowedOnce, others }
}

/** Every node accepts a new order. */
async function allAnswer(asked: AskedNodes, { nodes }: Nodes, customer: GivenKey): Promise<boolean> {
  const statuses = await Promise.all(nodes.map((_, i) => asked.send(i, signOrder(customer, 'POST', '/orders'))))
  return statuses.every((status) => status === 200)
}

/** Sends each order to all nodes at once, until it is stopped, and all of the last ones again when told. */
function startReplays(asked: AskedNodes, customer: GivenKey) {
  const kept: { readonly order: Order; allowed: number }[] = []
  const statuses: Record<string, number> = {}
  let [orders, replaysAccepted, isStopped] = [0, 0, false]
  const sendToAll = async (it: { readonly order: Order; allowed: number }) => {
    for (const status of await Promise.all([0, 1, 2, 0, 1, 2].map((node) => asked.send(node, it.order)))) {
      statuses[`${status}`] = (statuses[`${status}`] ?? 0) + 1
      if (status === 200 && it.allowed++ > 0) replaysAccepted++
    }
  }
  const sendNew = async () => {
    while (!isStopped) {
      const it = { order: signOrder(customer, 'POST', '/orders'), allowed: 0 }
      orders++
      kept.push(it)
      if (kept.length > KEPT) kept.shift()
      await sendToAll(it)
      await sleep(PAUSE_MS)
    }
  }
  // One waits for a node that stands still; the other ones go on until they do too.
  const sending = Array.from({ length: 4 }, sendNew)
  return {
    async sendKeptAgain() {
      for (const it of [...kept]) await sendToAll(it)
    },
    async stop() {
      isStopped = true
      await Promise.all(sending)
    },
    report: () => ({ orders, replaysAccepted, statuses }),
  }
}

/** Asks all nodes for the tokens of one bucket, until it is stopped. */
function startStorm(asked: AskedNodes, limited: GivenKey) {
  const allowed: Allowed[] = []
  let [sent, isStopped] = [0, false]
  const sending = [0, 1, 2].map(async (node) => {
    while (!isStopped) {
      const order = signOrder(limited, 'GET', '/limited')
      const sentAtMs = performance.now()
      sent++
      if ((await asked.send(node, order)) === 200) allowed.push({ sentAtMs, answeredAtMs: performance.now() })
      await sleep(PAUSE_MS)
    }
  })
  return {
    allowed,
    sent: () => sent,
    async stop() {
      isStopped = true
      await Promise.all(sending)
    },
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { gatePlugin } from '../../packages/gate/src/fastify.ts'
import {
  createGate,
  createMemoryAdmission,
  createMemoryKeySource,
  SYSTEM_CLOCKS,
} from '../../packages/gate/src/index.ts'
import { newPair, newRecord, signedHeaders, type TestHeaders } from '../../packages/gate/test/fixtures.ts'
import { attackMs } from './support/length.ts'
import { runAttackOn } from './support/run-attack.ts'

const LASTS_MS = attackMs(1_500, 30_000)
const HOUR_MS = 3_600_000

/** Refills so quickly that nobody here is limited, unless it does not refill at all. */
const BUCKET = { capacity: 1_000, refillPerSecond: 100_000 }

let api: Awaited<ReturnType<typeof startApi>>
afterEach(() => api?.close())

test.each(['strict', 'all'] as const)('replay %s: a captured order passes once, with any body', async (replay) => {
  api = await startApi(replay)
  const passed: number[] = []
  const replays = async ({ attacker, post }: typeof api, signal: AbortSignal) => {
    while (!signal.aborted) {
      const captured = await attacker()
      const answers = await Promise.all(['1', '2', '3', '1'].map((body) => post(captured, body)))
      passed.push(answers.filter(({ status }) => status === 200).length)
      await sleep(5)
    }
  }
  await runAttackOn(api, replays, api.honestCalls, { name: `replay ${replay}`, lastsMs: LASTS_MS, growthMiB: 128 })
  expect(new Set(passed)).toEqual(new Set([1]))
})

test('a clock that jumps an hour ahead and is corrected refuses nobody afterwards, and lets nothing pass twice', async () => {
  api = await startApi('strict')
  const statuses = { ahead: new Set<number>(), copies: new Set<number>() }
  const jumps = async ({ attacker, post, inTurn, clock }: typeof api, signal: AbortSignal) => {
    while (!signal.aborted) {
      const captured = await attacker()
      await post(captured)
      await inTurn(async () => {
        clock.aheadMs = HOUR_MS
        statuses.ahead.add((await post(await attacker())).status)
        clock.aheadMs = 0
      })
      statuses.copies.add((await post(captured)).status)
      await sleep(50)
    }
  }
  await runAttackOn(api, jumps, api.honestCalls, { name: 'clock jumps', lastsMs: LASTS_MS, growthMiB: 128 })
  expect(statuses).toEqual({ ahead: new Set([200]), copies: new Set([401]) })
})

/** An API with the gate in this process, on a clock that can be set; an honest caller and an attacker post orders. */
async function startApi(replay: 'strict' | 'all') {
  const clock = { aheadMs: 0 }
  const now = () => Date.now() + clock.aheadMs
  const pair = await newPair('ed25519')
  const keys = createMemoryKeySource()
  const [honest, mallory] = [newRecord(pair.verifying), newRecord(pair.verifying)]
  keys.put(honest)
  keys.put(mallory)
  const admission = createMemoryAdmission({ startedAtMs: 0, clocks: { ...SYSTEM_CLOCKS, wallMs: now } })
  const gate = createGate({ keys, now, admission, bucketsOf: () => ({ read: BUCKET, write: BUCKET }) })
  const app = Fastify()
  await app.register(gatePlugin, { gate })
  app.post('/orders', { config: { gate: { scope: 'write', replay } } }, async () => 'done')
  await app.ready()

  let lastMs = 0
  const sign = (record: typeof honest) => {
    // An Ed25519 key signs equal texts equally.
    lastMs = Math.max(now(), clock.aheadMs === 0 && lastMs < now() + 1_000 ? lastMs + 1 : 0)
    return signedHeaders(record, pair.signing, { method: 'POST', timestampMs: lastMs })
  }
  const post = async (headers: TestHeaders, payload = '{}') => {
    const sent = { ...headers, 'content-type': 'application/json' }
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/orders', headers: sent, payload })
    return { status: statusCode, text: body }
  }
  // No honest request is under way while the clock is wrong: it would be too old.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }
  return {
    clock,
    inTurn,
    post,
    attacker: () => sign(mallory),
    honestCalls: { order: () => inTurn(async () => post(await sign(honest))) },
    residentMiB: async () => Math.round(process.memoryUsage.rss() / 2 ** 20),
    hasEnded: () => false,
    close: () => app.close(),
  }
}

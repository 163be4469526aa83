import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { AdmissionRequest, Charge } from '@countersign/gate'
import { createMemoryAdmission } from '@countersign/gate'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Shot } from '../test/asking-process.fixtures.ts'
import { newClaim, open } from '../test/opened.ts'
import { openHarness } from '../test/redis-harness.ts'
import { HAS_REDIS, startRedis, type TestRedis } from '../test/redis-server.ts'

describe.runIf(HAS_REDIS)('requests of one turn', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.remove())

  const SIZES = [
    { capacity: 10, refillPerSecond: 1 },
    { capacity: 3, refillPerSecond: 0.5 },
  ]

  test('are decided as memory decides them one after the other', async () => {
    const charge = fc.record({ bucket: fc.nat(3), cost: fc.constantFrom(0, 1, 2, 3, 4) })
    const request = fc.record({
      account: fc.nat(1),
      claim: fc.option(fc.nat(8)),
      charges: fc.uniqueArray(charge, { maxLength: 3, selector: (it) => it.bucket }),
    })
    const turn = fc.record({ waitMs: fc.constantFrom(0, 500, 3_000), requests: fc.array(request, { maxLength: 30 }) })
    await using harness = await openOne()
    const { clock, admission } = harness
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 8 }), async (turns) => {
        const own = run++
        let monotonicMs = 0
        const clocks = { wallMs: () => clock.nowMs, monotonicMs: () => monotonicMs }
        const memory = createMemoryAdmission({ clocks })
        const signedAtMs = clock.nowMs
        const toRequest = (it: (typeof turns)[number]['requests'][number]): AdmissionRequest => {
          const accountId = `${own} ${it.account}`
          const charges = it.charges.map(({ bucket, cost }): Charge => {
            const size = SIZES[bucket % SIZES.length] ?? SIZES[0]
            return {
              capacity: 1,
              refillPerSecond: 1,
              ...size,
              name: `${bucket}`,
              cost,
              bucket: `${accountId} ${bucket}`,
            }
          })
          const key = `${accountId} claim ${it.claim}`
          return {
            accountId,
            charges,
            claim: it.claim === null ? undefined : { key, signedAtMs, untilMs: signedAtMs + 35_000 },
          }
        }
        for (const { waitMs, requests } of turns) {
          await clock.advance(waitMs)
          monotonicMs += waitMs
          const { calls } = admission.status()
          const decided = await Promise.all(requests.map((it) => admission.admit(toRequest(it))))
          expect(decided).toEqual(requests.map((it) => memory.admit(toRequest(it))))
          expect(admission.status().calls - calls).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('more than fit into one call are decided by several', async () => {
    await using harness = await openOne()
    const { admission } = harness
    const size = { capacity: 600, refillPerSecond: 0.001, name: 'write', bucket: 'a write', cost: 1 }
    const decided = await Promise.all(
      Array.from({ length: 1_000 }, () => admission.admit({ accountId: 'a', charges: [size] })),
    )
    expect(decided.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(600)
    expect(admission.status()).toMatchObject({ calls: 4, pending: 0, decided: 1_000 })
  })

  test('what needs no claim and no token does not ask', async () => {
    await using harness = await openOne()
    const { admission } = harness
    expect(admission.admit({ accountId: 'a', charges: [] })).toEqual({ outcome: 'admitted' })
    expect(admission.status().calls).toBe(0)
  })

  test('the own bucket of a key that has ended is full again for nobody else', async () => {
    await using opened = await open({ kind: 'single', url: redis.url })
    const own = { capacity: 10, refillPerSecond: 0.01, name: 'key', bucket: 'k own', cost: 10, isOfKey: true }
    expect([await opened.take(own), await opened.take(own)]).toEqual(['admitted', 'limited'])
    await opened.admission.forgetBucketOfKey('b', 'k own')
    expect(await opened.take(own)).toBe('limited')
    await opened.admission.forgetBucketOfKey('a', 'k own')
    expect(await opened.admission.tokensIn('a', 'k own', own)).toBe(10)
  })

  test('of three processes at once: one gets each claim, and all together get what the bucket gives', async () => {
    const secret = 'three processes'
    const claims = Array.from({ length: 500 }, () => newClaim(-60_000))
    const charge = { name: 'write', bucket: 'a write', capacity: 300, refillPerSecond: 20, cost: 1 }
    const shot: Shot = { url: redis.url, secret, claims, charge }
    const program = new URL('../test/asking-process.fixtures.ts', import.meta.url)
    const processes = Array.from({ length: 3 }, () => fork(program))
    try {
      await Promise.all(processes.map((child) => answerOf(child, shot)))
      const startedAt = Date.now()
      const outcomes = (await Promise.all(processes.map((child) => answerOf(child, 'go')))) as string[][]
      const seconds = (Date.now() - startedAt) / 1_000
      const admitted = outcomes.flat().filter((it) => it === 'admitted').length
      expect(admitted).toBeGreaterThanOrEqual(300)
      expect(admitted).toBeLessThanOrEqual(300 + 20 * seconds + 1)
      for (const i of claims.keys()) {
        expect(outcomes.filter((own) => own[i] === 'admitted').length).toBeLessThanOrEqual(1)
      }
    } finally {
      for (const child of processes) child.kill('SIGKILL')
    }
  })

  async function openOne() {
    const harness = await openHarness({ kind: 'single', url: redis.url })
    return { ...harness, [Symbol.asyncDispose]: () => harness.admission[Symbol.asyncDispose]() }
  }
})

async function answerOf(child: ChildProcess, message: Shot | 'go'): Promise<unknown> {
  const answered = once(child, 'message')
  child.send(message)
  return (await answered)[0]
}

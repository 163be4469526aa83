import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { AdmissionClocks } from '@countersign/gate'
import { describe, expect, test } from 'vitest'
import { admissionContract } from '../../../gate/test/admission-contract.ts'
import { testClock } from '../../../gate/test/test-clock.ts'
import type { Hammered, Hammering } from '../../test/shared-admission.fixtures.ts'
import { allocateSharedAdmission, createSharedAdmission } from './shared-admission.ts'

const NOW = 1_703_123_456_789

function allocate(maxClaims: number, clocks: AdmissionClocks) {
  return allocateSharedAdmission({ maxClaims }, 'secret', clocks)
}

describe('admission in shared memory', () =>
  admissionContract((sizes) => {
    const { clock, clocks } = testClock(NOW)
    return { admission: createSharedAdmission(allocateSharedAdmission(sizes, 'secret', clocks), clocks), clock }
  }))

test('tells what a bucket holds, and takes nothing', () => {
  const { clock, clocks } = testClock(NOW)
  const admission = createSharedAdmission(allocate(10, clocks), clocks)
  const size = { capacity: 100, refillPerSecond: 10 }
  expect(admission.tokensIn('a', size)).toBe(100)
  admission.admit({ accountId: 'x', charges: [{ ...size, name: 'read', bucket: 'a', cost: 60 }] })
  expect([admission.tokensIn('a', size), admission.tokensIn('a', size)]).toEqual([40, 40])
  clock.advance(2_000)
  expect(admission.tokensIn('a', size)).toBe(60)
  clock.advance(60_000)
  expect(admission.tokensIn('a', size)).toBe(100)
  expect(admission.tokensIn('b', size)).toBe(100)
})

test('the own bucket of a key that has ended takes no room, and is full for nobody else', () => {
  const { clocks } = testClock(NOW)
  const admission = createSharedAdmission(allocate(10, clocks), clocks)
  const size = { capacity: 100, refillPerSecond: 1, name: 'key', cost: 100, isOfKey: true }
  const ask = (accountId: string, bucket: string) =>
    admission.admit({ accountId, charges: [{ ...size, bucket }] }).outcome
  for (const bucket of ['k own', 'l own']) expect(ask('a', bucket)).toBe('admitted')
  admission.forgetBucketOfKey('b', 'k own')
  expect([admission.use().buckets, ask('a', 'k own')]).toEqual([2, 'limited'])
  admission.forgetBucketOfKey('a', 'k own')
  expect([admission.use().buckets, ask('a', 'l own'), ask('a', 'k own')]).toEqual([1, 'limited', 'admitted'])
})

describe('of several threads', () => {
  const THREADS = 4

  test('exactly one gets each claim, and pays for it', async () => {
    const claims = 10_000
    const capacity = 8_000
    const hammered = await hammer({ operations: 50_000, claims, bucket: { capacity, refillPerSecond: 0 }, stepMs: 0 })

    const claimed = hammered.flatMap((thread) => thread.claimed)
    expect(new Set(claimed).size).toBe(claimed.length)
    expect(claimed).toHaveLength(capacity)
    const answers = hammered.flatMap(({ outcomes }) => Object.values(outcomes))
    expect(answers.reduce((sum, count) => sum + count)).toBe(THREADS * 50_000)
    expect(hammered.filter(({ outcomes }) => outcomes.admitted > 0).length).toBeGreaterThan(1)
  })

  test('none gets more than the bucket gives, on clocks that differ, and all that it gives is given', async () => {
    const operations = 20_000
    const bucket = { capacity: 100, refillPerSecond: 1_000 }
    const hammered = await hammer({ operations, claims: 0, bucket, stepMs: 0.25 })

    const admitted = hammered.reduce((sum, { outcomes }) => sum + outcomes.admitted, 0)
    const given = bucket.capacity + (operations - 1) * 0.25 * (bucket.refillPerSecond / 1000)
    expect(admitted).toBeLessThanOrEqual(given + 1)
    expect(admitted).toBeGreaterThan(given - bucket.capacity - 1)
  })

  /** Lets all threads work on one admission at once. */
  async function hammer(work: Omit<Hammering, 'memory' | 'gate' | 'startMs'>): Promise<Hammered[]> {
    const gate = new SharedArrayBuffer(4)
    const workerData: Hammering = {
      ...work,
      memory: allocate(20_000, { wallMs: () => NOW, monotonicMs: () => 0 }),
      gate,
      startMs: NOW,
    }
    const url = new URL('../../test/shared-admission.fixtures.ts', import.meta.url)
    const workers = Array.from({ length: THREADS }, () => new Worker(url, { workerData }))
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    const hammered = workers.map(async (worker): Promise<Hammered> => (await once(worker, 'message'))[0])
    const state = new Int32Array(gate)
    Atomics.store(state, 0, 1)
    Atomics.notify(state, 0)
    return Promise.all(hammered)
  }
})

test('says how full it is', () => {
  const { clock, clocks } = testClock(NOW)
  const admission = createSharedAdmission(allocate(1_000, clocks), clocks)
  const charge = { name: 'read', bucket: 'a', capacity: 10, refillPerSecond: 1, cost: 10 }
  const claim = (key: string, lifeMs: number) => ({ key, signedAtMs: NOW, untilMs: NOW + lifeMs })
  admission.admit({ accountId: 'x', claim: claim('k', 5_000), charges: [charge] })
  clock.advance(1)
  admission.admit({ accountId: 'x', claim: claim('l', 9_000), charges: [{ ...charge, bucket: 'b' }] })
  const use = [admission.use()]
  for (const waitMs of [5_999, 4_000]) {
    clock.advance(waitMs)
    use.push(admission.use())
  }
  expect(use).toEqual([
    { claims: 2, buckets: 2 },
    { claims: 1, buckets: 2 },
    { claims: 0, buckets: 1 },
  ])
})

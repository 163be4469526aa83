import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { admissionContract } from '../../gate/src/port-contract.ts'
import type { Hammered, Hammering } from './shared-admission.fixtures.ts'
import { allocateSharedAdmission, createSharedAdmission } from './shared-admission.ts'

const NOW = 1_703_123_456_789

function allocate(maxClaims: number) {
  return allocateSharedAdmission({ maxClaims }, 'secret', NOW)
}

describe('admission in shared memory', () =>
  admissionContract((maxClaims) => {
    const clock = {
      nowMs: NOW,
      advance(ms: number) {
        clock.nowMs += ms
      },
    }
    return { admission: createSharedAdmission(allocate(maxClaims)), clock }
  }))

test('tells what a bucket holds, and takes nothing', () => {
  const admission = createSharedAdmission(allocate(10))
  const size = { capacity: 100, refillPerSecond: 10 }
  expect(admission.tokensIn('a', size, NOW)).toBe(100)
  admission.admit({ charges: [{ ...size, name: 'read', bucket: 'a', cost: 60 }], nowMs: NOW })
  expect([admission.tokensIn('a', size, NOW), admission.tokensIn('a', size, NOW)]).toEqual([40, 40])
  expect(admission.tokensIn('a', size, NOW + 2_000)).toBe(60)
  expect(admission.tokensIn('a', size, NOW + 60_000)).toBe(100)
  expect(admission.tokensIn('b', size, NOW)).toBe(100)
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

  test('the latest clock counts for all: what one has forgotten, another does not admit again', () => {
    const memory = allocate(1)
    const [ahead, behind] = [createSharedAdmission(memory), createSharedAdmission(memory)]
    const ask = (admission: typeof ahead, name: string, nowMs: number) => {
      const charge = { name: 'read', bucket: name, capacity: 10, refillPerSecond: 1, cost: 10 }
      return admission.admit({ claim: { key: name, untilMs: NOW + 20_000 }, charges: [charge], nowMs })
    }
    expect(ask(ahead, 'a', NOW)).toEqual({ outcome: 'admitted' })
    // Takes the places of what has ended.
    const later = { name: 'read', bucket: 'b', capacity: 10, refillPerSecond: 1, cost: 10 }
    const claim = { key: 'b', untilMs: NOW + 90_000 }
    expect(ahead.admit({ claim, charges: [later], nowMs: NOW + 30_000 })).toEqual({ outcome: 'admitted' })

    expect(ask(behind, 'a', NOW)).toEqual({ outcome: 'already_used' })
    const charge = { ...later, bucket: 'a' }
    expect(behind.admit({ charges: [charge], nowMs: NOW })).toEqual({ outcome: 'admitted' })
    const limited = { outcome: 'limited', charge, waitMs: 40_000 }
    expect(behind.admit({ charges: [charge], nowMs: NOW })).toEqual(limited)
    expect(behind.admit({ charges: [charge], nowMs: NOW + 39_999 })).toMatchObject({ outcome: 'limited' })
    expect(behind.admit({ charges: [charge], nowMs: NOW + 40_000 })).toEqual({ outcome: 'admitted' })
  })

  /** Lets all threads work on one admission at once. */
  async function hammer(work: Omit<Hammering, 'memory' | 'gate' | 'startMs'>): Promise<Hammered[]> {
    const gate = new SharedArrayBuffer(4)
    const workerData: Hammering = { ...work, memory: allocate(20_000), gate, startMs: NOW }
    const url = new URL('./shared-admission.fixtures.ts', import.meta.url)
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
  const admission = createSharedAdmission(allocate(1_000))
  const charge = { name: 'read', bucket: 'a', capacity: 10, refillPerSecond: 1, cost: 10 }
  admission.admit({ claim: { key: 'k', untilMs: NOW + 5_000 }, charges: [charge], nowMs: NOW })
  admission.admit({ claim: { key: 'l', untilMs: NOW + 9_000 }, charges: [{ ...charge, bucket: 'b' }], nowMs: NOW + 1 })
  expect(admission.use(NOW + 1)).toEqual({ claims: 2, buckets: 2 })
  expect(admission.use(NOW + 6_000)).toEqual({ claims: 1, buckets: 2 })
  expect(admission.use(NOW + 10_000)).toEqual({ claims: 0, buckets: 1 })
})

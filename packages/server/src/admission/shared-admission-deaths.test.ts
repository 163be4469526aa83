import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { testClock } from '../../../gate/test/test-clock.ts'
import { endThreads } from '../../test/end-threads.ts'
import { HashGroups } from './hash-groups.ts'
import { allocateSharedAdmission, createSharedAdmission, releaseLockOf } from './shared-admission.ts'

const NOW = 1_703_123_456_789

test('threads that are ended anywhere stop nobody, let no signature pass twice and exceed no limit', async () => {
  // 200 of them: npm run soak:admission. Nobody says of each fourth that it has ended.
  const { requests, admitted, allowed, passedTwice } = await endThreads(12, (death) => death % 4 !== 3)
  expect(passedTwice).toBe(0)
  expect(admitted).toBeGreaterThan(requests / 100)
  expect(admitted).toBeLessThanOrEqual(allowed)
})

test('a thread that was stopped for a second inside the lock writes nothing when it goes on', () => {
  const { clocks } = testClock(NOW)
  const memory = allocateSharedAdmission({ maxClaims: 100 }, 'secret', clocks)
  const [stopped, next] = [createSharedAdmission(memory, clocks, 1), createSharedAdmission(memory, clocks, 2)]
  const charge = { name: 'x', bucket: 'b', capacity: 10, refillPerSecond: 1 }
  const claim = { key: 'k', signedAtMs: NOW, untilMs: NOW + 35_000 }
  let hasStopped = false
  const stopping = {
    ...charge,
    get cost() {
      // Read inside the lock, before anything is written: here the thread stands still, and another one takes the lock.
      if (!hasStopped) {
        hasStopped = true
        expect(next.admit({ accountId: 'a', claim, charges: [{ ...charge, cost: 4 }] }).outcome).toBe('admitted')
      }
      return 10
    },
  }
  expect(stopped.admit({ accountId: 'a', claim, charges: [stopping] }).outcome).toBe('full')
  expect(hasStopped).toBe(true)
  expect([next.tokensIn('b', charge), next.lockRecoveries]).toEqual([6, 1])
  expect(next.admit({ accountId: 'a', claim, charges: [] }).outcome).toBe('already_used')
  expect(next.admit({ accountId: 'a', charges: [{ ...charge, cost: 7 }] }).outcome).toBe('limited')
})

describe('a thread that ends between two writes', () => {
  afterEach(() => vi.restoreAllMocks())

  test('leaves nothing that exceeds a limit or lets a signature pass twice, whichever write is the last', () => {
    const step = fc.record({
      waitMs: fc.oneof(fc.nat(100), fc.nat(4_000)),
      claim: fc.nat(20),
      buckets: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }),
      cost: fc.integer({ min: 1, max: 10 }),
      /** The write that is its last; it ends none of its writes where this is larger than their number. */
      lastWrite: fc.oneof(fc.constant(99), fc.nat(14)),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const { clock, clocks } = testClock(NOW)
        const memory = allocateSharedAdmission({ maxClaims: 10, maxBuckets: 10 }, 'secret', clocks)
        const size = { name: 'x', capacity: 10, refillPerSecond: 3 }
        const admittedClaims = new Set<number>()
        /** What each bucket holds if only admitted requests are charged. */
        const buckets = new Map<number, { tokens: number; atMs: number }>()
        let passedMs = 0
        for (const { waitMs, claim: key, buckets: names, cost, lastWrite } of steps) {
          clock.advance(waitMs)
          passedMs += waitMs
          const admission = createSharedAdmission(memory, clocks, 1)
          const claim = { key: `${key}`, signedAtMs: NOW, untilMs: NOW + 1e6 }
          const charges = names.map((name) => ({ ...size, bucket: `${name}`, cost }))
          const outcome = dyingAfter(lastWrite, () => admission.admit({ accountId: 'a', claim, charges }).outcome)
          if (outcome !== 'admitted') continue
          expect(admittedClaims.has(key)).toBe(false)
          admittedClaims.add(key)
          for (const name of names) {
            const { tokens, atMs } = buckets.get(name) ?? { tokens: 10, atMs: 0 }
            const held = Math.min(10, tokens + ((passedMs - atMs) * 3) / 1000)
            expect(held).toBeGreaterThan(cost - 1e-6)
            buckets.set(name, { tokens: held - cost, atMs: passedMs })
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  /** Does some work whose thread ends at a write; what `finally` does then, the next thread would do. */
  function dyingAfter<Result>(writes: number, work: () => Result): Result | undefined {
    const end = new Error('the thread ends here')
    let written = 0
    for (const name of ['putBeside', 'setEnd'] as const) {
      const write = HashGroups.prototype[name] as (...given: number[]) => void
      vi.spyOn(HashGroups.prototype, name).mockImplementation(function (this: HashGroups, ...given: number[]) {
        if (written++ === writes) throw end
        write.apply(this, given)
      })
    }
    try {
      return work()
    } catch (fault) {
      if (fault !== end) throw fault
      return undefined
    } finally {
      vi.restoreAllMocks()
    }
  }
})

test('a lock whose thread ended is free at once, when whoever saw it end says so', async () => {
  const { clocks } = testClock(NOW)
  const memory = allocateSharedAdmission({ maxClaims: 10 }, 'secret', clocks)
  const url = new URL('../../test/shared-lock.fixtures.ts', import.meta.url)
  const worker = new Worker(url, { workerData: memory.lock })
  const { threadId } = worker
  await once(worker, 'message')
  await worker.terminate()
  releaseLockOf(memory, threadId)
  const admission = createSharedAdmission(memory, clocks)
  expect([admission.admit({ accountId: 'a', charges: [] }).outcome, admission.lockRecoveries]).toEqual(['admitted', 1])
})

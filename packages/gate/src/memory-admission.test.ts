import { describe, expect, test } from 'vitest'
import type { Charge } from './admission.ts'
import { createMemoryAdmission } from './memory-admission.ts'
import { admissionContract } from './port-contract.ts'

const NOW = 1_703_123_456_789

describe('admission in memory', () =>
  admissionContract((maxClaims) => {
    const clock = {
      nowMs: NOW,
      advance(ms: number) {
        clock.nowMs += ms
      },
    }
    return { admission: createMemoryAdmission({ maxClaims, startedAtMs: NOW }), clock }
  }))

describe('bounds', () => {
  test('holds exactly as many claims as it may, each as long as it counts, and none afterwards', () => {
    const maxClaims = 500_000
    const admission = createMemoryAdmission({ startedAtMs: NOW, maxClaims })
    const claim = (i: number) => ({ key: `k ${i}`, untilMs: NOW + 5_000 + (i % 60_000) })
    for (let i = 0; i < maxClaims; i++) admission.admit({ claim: claim(i), charges: [], nowMs: NOW })
    expect(admission.claims).toBe(maxClaims)
    expect(admission.admit({ claim: claim(maxClaims), charges: [], nowMs: NOW }).outcome).toBe('full')
    expect(admission.admit({ charges: [], nowMs: NOW }).outcome).toBe('admitted')
    const lost = Array.from({ length: 1_000 }, (_, i) => claim(i * 500)).filter((claim) => {
      return admission.admit({ claim, charges: [], nowMs: NOW + 4_999 }).outcome !== 'already_used'
    })
    expect(lost).toEqual([])
    admission.admit({ charges: [], nowMs: NOW + 35_000 })
    expect(Math.abs(admission.claims - maxClaims / 2)).toBeLessThan(20_000)
    admission.admit({ charges: [], nowMs: NOW + 67_000 })
    expect(admission.claims).toBe(0)
  })

  test('forgets buckets when they are full again, and none before', () => {
    const admission = createMemoryAdmission({ startedAtMs: NOW, maxBuckets: 100 })
    const charge = (i: number): Charge => ({
      name: 'read',
      bucket: `a${i}`,
      capacity: 10,
      refillPerSecond: 1,
      cost: 5,
    })
    const ask = (i: number, nowMs: number) => admission.admit({ charges: [charge(i)], nowMs }).outcome
    for (let i = 0; i < 100; i++) expect(ask(i, NOW)).toBe('admitted')
    expect(ask(100, NOW)).toBe('full')
    expect(ask(0, NOW)).toBe('admitted')
    expect(ask(0, NOW)).toBe('limited')
    expect(ask(100, NOW + 4_999)).toBe('full')
    expect(ask(100, NOW + 6_000)).toBe('admitted')
    expect(admission.buckets).toBe(2)
    expect(ask(0, NOW + 6_000)).toBe('admitted')
  })

  test('a request of two buckets finds room for both or for none', () => {
    const admission = createMemoryAdmission({ startedAtMs: NOW, maxBuckets: 3 })
    const charge = (bucket: string): Charge => ({ name: 'x', bucket, capacity: 10, refillPerSecond: 1, cost: 1 })
    const ask = (...buckets: string[]) => admission.admit({ charges: buckets.map(charge), nowMs: NOW }).outcome
    expect([ask('a', 'b'), ask('c', 'd'), admission.buckets, ask('c', 'a'), admission.buckets]).toEqual([
      'admitted',
      'full',
      2,
      'admitted',
      3,
    ])
  })
})

test('says since when it remembers', () => {
  expect(createMemoryAdmission({ startedAtMs: NOW }).claimsSinceMs).toBe(NOW)
})

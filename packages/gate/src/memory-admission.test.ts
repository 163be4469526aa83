import { describe, expect, test } from 'vitest'
import { admissionContract } from '../test/admission-contract.ts'
import { testClock } from '../test/test-clock.ts'
import type { Charge } from './admission.ts'
import { createMemoryAdmission } from './memory-admission.ts'

const NOW = 1_703_123_456_789

describe('admission in memory', () =>
  admissionContract((sizes) => {
    const { clock, clocks } = testClock(NOW)
    return { admission: createMemoryAdmission({ ...sizes, clocks }), clock }
  }))

describe('bounds', () => {
  test('holds exactly as many claims as it may, each as long as it counts, and none afterwards', () => {
    const maxClaims = 100_000
    const { clock, clocks } = testClock(NOW)
    const admission = createMemoryAdmission({ maxClaims, clocks })
    const claim = (i: number) => ({ key: `k ${i}`, signedAtMs: NOW, untilMs: NOW + 5_000 + (i % 60_000) })
    const admit = (i: number) => admission.admit({ accountId: `a ${i % 50}`, claim: claim(i), charges: [] }).outcome
    const admitNothing = () => admission.admit({ accountId: 'a', charges: [] }).outcome
    for (let i = 0; i < maxClaims; i++) admit(i)
    expect([admission.claims, admission.accounts]).toEqual([maxClaims, 50])
    expect(admit(maxClaims)).toBe('full')
    expect(admitNothing()).toBe('admitted')
    clock.advance(4_999)
    const lost = Array.from({ length: 1_000 }, (_, i) => i * 100).filter((i) => admit(i) !== 'already_used')
    expect(lost).toEqual([])
    clock.advance(30_001)
    admitNothing()
    expect(Math.abs(admission.claims - maxClaims / 2)).toBeLessThan(20_000)
    clock.advance(32_000)
    admitNothing()
    expect([admission.claims, admission.accounts]).toEqual([0, 0])
  })

  test('an account has exactly an eighth of the claims', () => {
    const { clock, clocks } = testClock(NOW)
    const admission = createMemoryAdmission({ maxClaims: 800, clocks })
    let keys = 0
    const fill = (accountId: string) => {
      const claim = () => ({ key: `k ${keys++}`, signedAtMs: clock.nowMs, untilMs: clock.nowMs + 5_000 })
      let admitted = 0
      while (admission.admit({ accountId, claim: claim(), charges: [] }).outcome === 'admitted') admitted++
      return admitted
    }
    expect(Array.from({ length: 9 }, (_, i) => fill(`a ${i}`))).toEqual([...Array(8).fill(100), 0])
    clock.advance(7_000)
    expect(fill('a 0')).toBe(100)
    expect(admission.accounts).toBe(1)
  })

  test('forgets buckets when they are full again, and none before', () => {
    const { clock, clocks } = testClock(NOW)
    const admission = createMemoryAdmission({ maxBuckets: 100, clocks })
    const charge = (i: number): Charge => ({
      name: 'read',
      bucket: `a${i}`,
      capacity: 10,
      refillPerSecond: 1,
      cost: 5,
    })
    const ask = (i: number) => admission.admit({ accountId: 'a', charges: [charge(i)] }).outcome
    for (let i = 0; i < 100; i++) expect(ask(i)).toBe('admitted')
    expect(ask(100)).toBe('full')
    expect(ask(0)).toBe('admitted')
    expect(ask(0)).toBe('limited')
    clock.advance(4_999)
    expect(ask(100)).toBe('full')
    clock.advance(1_001)
    expect(ask(100)).toBe('admitted')
    expect(admission.buckets).toBe(2)
    expect(ask(0)).toBe('admitted')
  })

  test('a request of two buckets finds room for both or for none', () => {
    const admission = createMemoryAdmission({ maxBuckets: 3 })
    const charge = (bucket: string): Charge => ({ name: 'x', bucket, capacity: 10, refillPerSecond: 1, cost: 1 })
    const ask = (...buckets: string[]) => admission.admit({ accountId: 'a', charges: buckets.map(charge) }).outcome
    expect([ask('a', 'b'), ask('c', 'd'), admission.buckets, ask('c', 'a'), admission.buckets]).toEqual([
      'admitted',
      'full',
      2,
      'admitted',
      3,
    ])
  })
})

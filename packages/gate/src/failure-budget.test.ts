import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFailureBudget, type FailureBudget } from './failure-budget.ts'

const NOW = 1_703_123_456_789
const STRANGER = '203.0.113.9'
const VICTIM = '198.51.100.4'
const KEY = '2c5ea4c0-4067-41e9-8bad-9b1deb4d3b7d'
const OTHER_KEY = '6f3bebf7-eaef-42a5-8c34-ab8873c1d431'

function fail(budget: FailureBudget, times: number, { ip = STRANGER, keyId = KEY, at = NOW } = {}) {
  for (let i = 0; i < times; i++) budget.failed(ip, keyId, at)
}

/** With key ids that nobody has. */
function guess(budget: FailureBudget, times: number, { ip = STRANGER, at = NOW } = {}) {
  for (let i = 0; i < times; i++) budget.failed(ip, undefined, at)
}

describe('one address with one key', () => {
  test('may fail 60 times, then once a second', () => {
    const budget = createFailureBudget()
    fail(budget, 59)
    expect(budget.waitMs(STRANGER, KEY, NOW)).toBeUndefined()
    fail(budget, 1)
    expect(budget.waitMs(STRANGER, KEY, NOW)).toBe(1_000)
    expect(budget.waitMs(STRANGER, KEY, NOW + 999)).toBe(1)
    expect(budget.waitMs(STRANGER, KEY, NOW + 1_000)).toBeUndefined()
    fail(budget, 1, { at: NOW + 1_000 })
    expect(budget.waitMs(STRANGER, KEY, NOW + 1_000)).toBe(1_000)
  })

  test('is no other address, and no other key', () => {
    const budget = createFailureBudget()
    fail(budget, 200)
    expect(budget.waitMs(VICTIM, KEY, NOW)).toBeUndefined()
    expect(budget.waitMs(STRANGER, OTHER_KEY, NOW)).toBeUndefined()
  })
})

describe('one address', () => {
  test('may fail 300 times over all keys, then five times a second', () => {
    const budget = createFailureBudget()
    for (let key = 0; key < 30; key++) fail(budget, 10, { keyId: `key ${key}` })
    expect(budget.waitMs(STRANGER, 'another', NOW)).toBe(200)
    expect(budget.waitMs(STRANGER, 'another', NOW + 200)).toBeUndefined()
    expect(budget.waitMs(VICTIM, 'another', NOW)).toBeUndefined()
  })

  test('counts failures without a key too', () => {
    const budget = createFailureBudget()
    guess(budget, 300)
    expect(budget.waitMs(STRANGER, KEY, NOW)).toBe(200)
  })

  test('owes nothing beyond empty: a flood does not prolong the wait', () => {
    const budget = createFailureBudget()
    fail(budget, 10_000)
    expect(budget.waitMs(STRANGER, KEY, NOW)).toBe(1_000)
    expect(budget.waitMs(STRANGER, OTHER_KEY, NOW)).toBe(200)
  })

  test('is a /64 in IPv6, and the same address in its IPv4-mapped spelling', () => {
    const budget = createFailureBudget()
    for (let host = 0; host < 300; host++) fail(budget, 1, { ip: `2001:db8:0:1::${host.toString(16)}` })
    expect(budget.waitMs('2001:db8:0:1:ffff::1', KEY, NOW)).toBe(200)
    expect(budget.waitMs('2001:db8:0:2::1', KEY, NOW)).toBeUndefined()
    guess(budget, 300, { ip: '::ffff:203.0.113.9' })
    expect(budget.waitMs(STRANGER, KEY, NOW)).toBe(200)
  })

  test('that cannot be read is no way around', () => {
    const budget = createFailureBudget()
    for (let i = 0; i < 300; i++) fail(budget, 1, { ip: `made up ${i}` })
    expect(budget.waitMs('made up again', KEY, NOW)).toBe(200)
  })
})

describe('an address and key that verified lately', () => {
  test('pass whatever others at the address do, for ten minutes', () => {
    const budget = createFailureBudget()
    budget.verified(STRANGER, KEY, NOW)
    const late = NOW + 600_000
    for (let at = NOW; at <= late; at += 1_000) guess(budget, 100, { at })
    expect(budget.waitMs(STRANGER, KEY, late - 1)).toBeUndefined()
    expect(budget.waitMs(STRANGER, KEY, late)).toBe(200)
    expect(budget.waitMs(STRANGER, OTHER_KEY, late)).toBe(200)
  })

  test('pass on as long as they verify', () => {
    const budget = createFailureBudget()
    for (let at = NOW; at < NOW + 3_600_000; at += 30_000) budget.verified(STRANGER, KEY, at)
    guess(budget, 300, { at: NOW + 4_100_000 })
    expect(budget.waitMs(STRANGER, KEY, NOW + 4_100_000)).toBeUndefined()
  })

  test('are no strangers: their own failures cost the others at their address nothing', () => {
    const budget = createFailureBudget()
    budget.verified(STRANGER, KEY, NOW)
    fail(budget, 10_000)
    expect(budget.waitMs(STRANGER, OTHER_KEY, NOW)).toBeUndefined()
  })

  test('are that address and that key only', () => {
    const budget = createFailureBudget()
    budget.verified(VICTIM, KEY, NOW)
    fail(budget, 60)
    expect(budget.waitMs(STRANGER, KEY, NOW)).toBe(1_000)
    expect(budget.waitMs(VICTIM, KEY, NOW)).toBeUndefined()
  })
})

describe('bounds', () => {
  test('the least recently used leave first, and a victim that calls stays', () => {
    const budget = createFailureBudget({ maxEntries: 100 })
    budget.verified(VICTIM, KEY, NOW)
    for (let i = 0; i < 10_000; i++) {
      fail(budget, 1, { ip: `10.0.${i >> 8}.${i & 255}` })
      budget.verified(`10.0.${i >> 8}.${i & 255}`, OTHER_KEY, NOW)
      budget.verified(VICTIM, KEY, NOW)
      expect(budget.waitMs(VICTIM, KEY, NOW)).toBeUndefined()
    }
    guess(budget, 300, { ip: VICTIM })
    expect(budget.waitMs(VICTIM, KEY, NOW)).toBeUndefined()
    expect(budget.waitMs(VICTIM, OTHER_KEY, NOW)).toBe(200)
  })

  test('are configuration', () => {
    const budget = createFailureBudget({
      perAddress: { capacity: 3, refillPerSecond: 1 },
      perPair: { capacity: 2, refillPerSecond: 2 },
      trustForMs: 100,
    })
    fail(budget, 2)
    expect(budget.waitMs(STRANGER, KEY, NOW)).toBe(500)
    guess(budget, 1)
    expect(budget.waitMs(STRANGER, KEY, NOW)).toBe(1_000)
    budget.verified(STRANGER, KEY, NOW)
    expect(budget.waitMs(STRANGER, KEY, NOW + 99)).toBeUndefined()
    expect(budget.waitMs(STRANGER, KEY, NOW + 100)).toBe(900)
  })
})

test('nothing that happens at other addresses ever makes a victim wait', () => {
  const octet = fc.integer({ min: 0, max: 3 })
  const event = fc.record({
    ip: octet.map((last) => `203.0.113.${last}`),
    keyId: fc.constantFrom(KEY, OTHER_KEY, undefined),
    times: fc.nat(200),
    hasVerified: fc.boolean(),
    laterMs: fc.nat(5_000),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const budget = createFailureBudget({ maxEntries: 3 })
      let at = NOW
      return events.every(({ ip, keyId, times, hasVerified, laterMs }) => {
        at += laterMs
        if (keyId) fail(budget, times, { ip, keyId, at })
        else guess(budget, times, { ip, at })
        if (hasVerified && keyId) budget.verified(ip, keyId, at)
        return budget.waitMs(VICTIM, KEY, at) === undefined
      })
    }),
  )
})

import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { names, newPair, newRecord, newRequest, type Pair, signedHeaders, type TestHeaders } from '../test/fixtures.ts'
import { createGate } from './gate.ts'
import type { GateOptions } from './gate-options.ts'
import { createMemoryKeySource } from './memory.ts'
import type { KeyRecord } from './ports.ts'

const NOW = 1_703_123_456_789
const STRANGER = '203.0.113.9'
const VICTIM = '198.51.100.4'

let pair: Pair

beforeAll(async () => {
  pair = await newPair('ed25519')
})

/** A gate on a clock, its look-ups and verifications counted. */
function setUp(options: Partial<GateOptions> = {}) {
  const count = { lookUps: 0, verifications: 0 }
  const records = createMemoryKeySource()
  const verifying = {
    ...pair.verifying,
    verify: (...args: Parameters<typeof pair.verifying.verify>) => {
      count.verifications++
      return pair.verifying.verify(...args)
    },
  }
  const clock = { nowMs: NOW }
  const keys = {
    find: (keyId: string) => {
      count.lookUps++
      return records.find(keyId)
    },
  }
  const gate = createGate({ keys, now: () => clock.nowMs, ...options })
  const newKey = (changes: Partial<KeyRecord> = {}) => {
    const record = newRecord(verifying, changes)
    records.put(record)
    return record
  }
  const good = async (record: { keyId: string }, ip: string) => {
    const headers = await signedHeaders(record, pair.signing, { timestampMs: clock.nowMs })
    return gate.decide({ ...newRequest('GET', '/orders', headers), ip })
  }
  const junk = (keyId: string, ip: string, over: TestHeaders = {}) => {
    const headers = {
      [names.keyId]: keyId,
      [names.timestamp]: String(clock.nowMs),
      [names.signature]: `${'A'.repeat(86)}==`,
      ...over,
    }
    return gate.decide({ ...newRequest('GET', '/orders', headers), ip })
  }
  return { gate, clock, count, records, newKey, good, junk }
}

describe('a stranger', () => {
  test('is told to wait after 60 failures with one key, and no more is done for it', async () => {
    const { newKey, junk, good, count, clock } = setUp()
    const { keyId } = newKey()
    for (let i = 0; i < 60; i++) expect(await junk(keyId, STRANGER)).toEqual({ denied: 'signature_incorrect' })
    const before = { ...count }
    expect(await junk(keyId, STRANGER)).toEqual({ denied: 'too_many_failures', retryAfterSeconds: 1 })
    expect(await good({ keyId }, STRANGER)).toMatchObject({ denied: 'too_many_failures' })
    expect(count).toEqual(before)
    clock.nowMs += 1_000
    expect(await good({ keyId }, STRANGER)).toHaveProperty('allowed')
  })

  test('is told to wait after 300 guessed key ids, well or badly formed', async () => {
    const { newKey, junk, good, count } = setUp()
    for (let i = 0; i < 150; i++) {
      expect(await junk(randomUUID(), STRANGER)).toEqual({ denied: 'key_not_found' })
      expect(await junk('x'.repeat(i + 1), STRANGER)).toEqual({ denied: 'key_not_found' })
    }
    expect(count.lookUps).toBe(150)
    const before = { ...count }
    expect(await junk(randomUUID(), STRANGER)).toMatchObject({ denied: 'too_many_failures', retryAfterSeconds: 1 })
    expect(await good(newKey(), STRANGER)).toMatchObject({ denied: 'too_many_failures' })
    expect(count).toEqual(before)
  })

  test('learns nothing of time, target or headers less for it: only what failed to verify is counted', async () => {
    const { newKey, junk, good } = setUp()
    const record = newKey()
    for (let i = 0; i < 400; i++) {
      await junk(record.keyId, STRANGER, { [names.timestamp]: String(NOW - 30_001) })
      await junk(record.keyId, STRANGER, { [names.signature]: undefined })
    }
    expect(await good(record, STRANGER)).toHaveProperty('allowed')
  })

  test('of the same /64 is the same stranger', async () => {
    const { newKey, junk, good } = setUp()
    for (let i = 0; i < 300; i++) await junk(randomUUID(), `2001:db8::${i.toString(16)}`)
    expect(await good(newKey(), '2001:db8::ffff:1')).toMatchObject({ denied: 'too_many_failures' })
    expect(await good(newKey(), '2001:db8:0:1::1')).toHaveProperty('allowed')
  })

  test('is not everybody where keys cannot be looked up', async () => {
    const { junk } = setUp({ keys: { find: () => 'unavailable' } })
    for (let i = 0; i < 400; i++) expect(await junk(randomUUID(), STRANGER)).toEqual({ denied: 'service_unavailable' })
  })
})

describe('a victim', () => {
  test('is never locked out by junk on its key id from elsewhere', async () => {
    const { newKey, junk, good, count } = setUp()
    const record = newKey()
    for (let i = 0; i < 2_000; i++) {
      await junk(record.keyId, i % 2 === 0 ? STRANGER : `10.1.${i >> 8}.${i & 255}`)
      if (i % 100 === 0) expect(await good(record, VICTIM)).toHaveProperty('allowed')
    }
    expect(count.verifications).toBe(60 + 1_000 + 20)
  })

  test('that calls already is not locked out by junk from its own address', async () => {
    const { newKey, junk, good } = setUp()
    const record = newKey()
    expect(await good(record, STRANGER)).toHaveProperty('allowed')
    for (let i = 0; i < 1_000; i++) await junk(randomUUID(), STRANGER)
    expect(await good(record, STRANGER)).toHaveProperty('allowed')
    expect(await good(newKey(), STRANGER)).toMatchObject({ denied: 'too_many_failures' })
  })

  test('of a flood of guessed ids notices nothing', async () => {
    const { newKey, junk, good, count } = setUp()
    const record = newKey()
    for (let i = 0; i < 2_000; i++) await junk(randomUUID(), STRANGER)
    expect(count.lookUps).toBe(300)
    expect(await good(record, VICTIM)).toHaveProperty('allowed')
  })

  test('whose key fails in other ways is no stranger', async () => {
    const { newKey, good, count } = setUp()
    const record = newKey({ state: 'disabled' })
    for (let i = 0; i < 100; i++) expect(await good(record, VICTIM)).toMatchObject({ denied: 'key_disabled' })
    expect(count.verifications).toBe(100)
  })
})

test('a key that is gone is nobody, however lately it verified', async () => {
  const { newKey, records, junk, good } = setUp()
  const record = newKey()
  expect(await good(record, STRANGER)).toHaveProperty('allowed')
  records.delete(record.keyId)
  for (let i = 0; i < 300; i++) expect(await junk(record.keyId, STRANGER)).toEqual({ denied: 'key_not_found' })
  expect(await good(newKey(), STRANGER)).toMatchObject({ denied: 'too_many_failures' })
})

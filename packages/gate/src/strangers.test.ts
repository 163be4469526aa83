import { beforeAll, expect, test } from 'vitest'
import { newPair, newRecord, newRequest, type Pair, signedHeaders } from '../test/fixtures.ts'
import { createFailureBudget } from './failure-budget.ts'
import { createGate } from './gate.ts'
import { createMemoryKeySource } from './memory.ts'
import type { KeyRecord } from './ports.ts'

const NOW = 1_703_123_456_789

let pair: Pair
let other: Pair
beforeAll(async () => {
  ;[pair, other] = await Promise.all([newPair('rsa'), newPair('rsa')])
})

async function setUp(changes: Partial<KeyRecord> = {}) {
  const keys = createMemoryKeySource()
  const record = newRecord(pair.verifying, changes)
  keys.put(record)
  const failureBudget = createFailureBudget({ perPair: { capacity: 3, refillPerSecond: 0.001 } })
  const clock = { nowMs: NOW }
  const gate = createGate({ keys, failureBudget, now: () => clock.nowMs })
  const [right, wrong] = await Promise.all(
    [pair, other].map(async ({ signing }) =>
      newRequest('GET', '/orders', await signedHeaders(record, signing, { timestampMs: NOW })),
    ),
  )
  if (!right || !wrong) throw new Error('not signed')
  return { gate, keys, record, right, wrong, clock }
}

test('wrong signatures that came at once are verified as far as the budget goes, and no further', async () => {
  const { gate, wrong } = await setUp()
  const decisions = await Promise.all(Array.from({ length: 10 }, () => gate.decide(wrong)))
  const denied = decisions.map((decision) => ('denied' in decision ? decision.denied : 'allowed'))
  expect(denied).toEqual([...Array(3).fill('signature_incorrect'), ...Array(7).fill('too_many_failures')])
})

test.each<[string, (world: Awaited<ReturnType<typeof setUp>>) => void, string]>([
  ['is revoked', ({ keys, record }) => keys.put({ ...record, state: 'revoked' }), 'key_revoked'],
  ['is deleted', ({ keys, record }) => keys.delete(record.keyId), 'key_not_found'],
  ['expires', ({ clock }) => Object.assign(clock, { nowMs: NOW + 10_000 }), 'key_expired'],
])('a key that %s while a stranger waits lets nobody in', async (_, change, expected) => {
  const world = await setUp({ expiresAtMs: NOW + 10_000 })
  const waiting = world.gate.decide(world.right)
  change(world)
  expect(await waiting).toMatchObject({ denied: expected })
})

test('a verdict that is no yes is a no, whatever it is', async () => {
  for (const verdict of [1, 'true', {}, undefined, null]) {
    const { gate, keys, record, right } = await setUp()
    keys.put({ ...record, key: { ...record.key, verify: () => verdict as never } })
    expect(await gate.decide(right)).toMatchObject({ denied: 'signature_incorrect' })
  }
})

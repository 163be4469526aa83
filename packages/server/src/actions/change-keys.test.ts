import { denied, type KeyChange } from '@countersign/gate'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey, makeApiKey } from '../../test/records.ts'
import { setAccountSuspended } from '../storage/accounts.ts'
import { readAuditChain } from '../storage/audit-events.ts'
import { insertApiKey, setApiKeyState } from '../storage/change-api-keys.ts'
import { findApiKey } from '../storage/find-api-keys.ts'
import type { KeyBucketId } from '../storage/unused-buckets.ts'
import { changeKeys } from './change-keys.ts'

const NOW_MS = 1_800_000_000_000
const ACTOR = { type: 'account', accountId: 'a', apiKeyId: 'k', ip: '203.0.113.7' } as const
const DISABLED = { state: 'disabled' } as const

describeOnEachDatabase('a change of keys', ({ database }) => {
  function setUp() {
    const heard: (KeyChange | KeyBucketId)[] = []
    const context = {
      database: database(),
      now: () => NOW_MS,
      keyChanged: (it: KeyChange) => void heard.push(it),
      bucketEnded: (it: KeyBucketId) => void heard.push(it),
    }
    return { heard, context }
  }

  async function eventsOf(accountId: string) {
    const events = await readAuditChain(database().kysely, 0, 1_000)
    return events.filter((event) => event.account_id === accountId)
  }

  async function stateOf(apiKeyId: string) {
    return (await findApiKey(database().kysely, apiKeyId))?.state
  }

  test('writes its events with their actor, and tells the caches what it changed', async () => {
    const { heard, context } = setUp()
    const { accountId } = await givenAccount(database())
    const old = await givenApiKey(database(), accountId)
    const fresh = makeApiKey(accountId)
    const result = await changeKeys(context, ACTOR, async (trx, nowMs) => {
      expect(nowMs).toBe(NOW_MS)
      await insertApiKey(trx, fresh)
      await setApiKeyState(trx, accountId, old.apiKeyId, DISABLED, nowMs)
      await setAccountSuspended(trx, accountId, true, nowMs)
      expect(heard).toEqual([])
      const events = [
        { action: 'key.created', accountId, apiKeyId: fresh.apiKeyId, after: { name: 'bot' } },
        { action: 'key.disabled', accountId, apiKeyId: old.apiKeyId },
      ] as const
      return { result: 7, events }
    })
    expect(result).toBe(7)
    const actor = { type: 'account', account_id: 'a', api_key_id: 'k', ip: '203.0.113.7' }
    expect(await eventsOf(accountId)).toMatchObject([
      { at: NOW_MS, actor, action: 'key.created', api_key_id: fresh.apiKeyId, after: { name: 'bot' } },
      { at: NOW_MS, actor, action: 'key.disabled', api_key_id: old.apiKeyId },
    ])
    expect(heard).toEqual([
      { accountId, keyId: fresh.apiKeyId },
      { accountId, keyId: old.apiKeyId },
      { accountId, keyId: undefined },
    ])
  })

  test('frees the own buckets of the keys that have ended', async () => {
    const { heard, context } = setUp()
    const { accountId } = await givenAccount(database())
    const key = await givenApiKey(database(), accountId, { bucket: { capacity: 10, refillPerSecond: 1 } })
    const { apiKeyId } = key
    const revoked = { state: 'revoked', reason: 'unspecified' } as const
    await changeKeys(context, ACTOR, async (trx, nowMs) => {
      await setApiKeyState(trx, accountId, apiKeyId, revoked, nowMs)
      return { result: undefined, events: [{ action: 'key.revoked', accountId, apiKeyId }], ended: [key] }
    })
    expect(heard).toEqual([
      { accountId, keyId: apiKeyId },
      { accountId, ownerId: apiKeyId },
    ])
  })

  test.each([
    ['has no event', { result: undefined, events: [] }],
    ['is refused', { denied: 'not_found' }],
  ] as const)('that %s is a fault and is rolled back', async (_, outcome) => {
    const { heard, context } = setUp()
    const { accountId } = await givenAccount(database())
    const { apiKeyId } = await givenApiKey(database(), accountId)
    const change = changeKeys(context, ACTOR, async (trx, nowMs) => {
      await setApiKeyState(trx, accountId, apiKeyId, DISABLED, nowMs)
      return outcome
    })
    await expect(change).rejects.toThrow('keys changed without an audit event')
    expect([heard, await stateOf(apiKeyId), await eventsOf(accountId)]).toEqual([[], 'active', []])
  })

  test('whose work fails tells nobody', async () => {
    const { heard, context } = setUp()
    const { accountId } = await givenAccount(database())
    const { apiKeyId } = await givenApiKey(database(), accountId)
    const change = changeKeys(context, ACTOR, async (trx, nowMs) => {
      await setApiKeyState(trx, accountId, apiKeyId, DISABLED, nowMs)
      throw new Error('a fault')
    })
    await expect(change).rejects.toThrow('a fault')
    expect([heard, await stateOf(apiKeyId)]).toEqual([[], 'active'])
  })

  test('that changes nothing needs no event, and a refusal is the answer', async () => {
    const { heard, context } = setUp()
    expect(await changeKeys(context, ACTOR, async () => ({ result: 7, events: [] }))).toBe(7)
    expect(await changeKeys(context, ACTOR, async () => denied('not_found'))).toEqual({ denied: 'not_found' })
    expect(heard).toEqual([])
  })
})

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey, makeApiKey } from '../../test/records.ts'
import { lockAccount, setAccountSuspended } from './accounts.ts'
import type { ApiKey } from './api-key.ts'
import { type ApiKeyStateChange, deleteApiKey, insertApiKey, setApiKeyState } from './change-api-keys.ts'
import type { Database } from './database.ts'
import { countApiKeys, findApiKey, listApiKeys } from './find-api-keys.ts'
import { latestKeyChange, readKeyChangesAfter } from './key-changes.ts'
import { inTransaction } from './transaction.ts'

const OF_ACCOUNT = { accountName: 'Ada', accountSuspended: false, ofOperator: false }

describeOnEachDatabase('API keys', (on) => {
  const db = () => on.database().kysely
  const insert = (key: ApiKey, database = on.database()) => inTransaction(database, (trx) => insertApiKey(trx, key))
  const remove = (accountId: string, id: string, database = on.database()) =>
    inTransaction(database, (trx) => deleteApiKey(trx, accountId, id, 77))
  const setState = (accountId: string, id: string, change: ApiKeyStateChange) =>
    inTransaction(on.database(), (trx) => setApiKeyState(trx, accountId, id, change, 88))
  const changesDuring = async (work: () => Promise<unknown>) => {
    const before = await latestKeyChange(db())
    await work()
    const { changes } = await readKeyChangesAfter(db(), before, 100)
    return changes.map(({ seq, ...change }) => change)
  }

  test('come back as they went in, with every field', async () => {
    const account = await givenAccount(on.database(), { externalId: randomUUID(), tier: 'expert' })
    const key = makeApiKey(account.accountId, {
      keyType: 'rsa',
      publicKey: Uint8Array.from({ length: 256 }, (_, index) => index),
      scopes: ['read', 'write::trade'],
      subaccount: 0,
      state: 'revoked',
      revokedReason: 'superseded',
      expiresAt: 2 ** 52,
      ipAllowlist: ['10.0.0.0/8', '2001:db8::/32'],
      minimumProfile: 'http-message-signatures',
      parentKeyId: randomUUID(),
    })
    expect(await insert(key)).toBe('inserted')
    const stored = { ...key, externalId: account.externalId, tier: 'expert', ...OF_ACCOUNT }
    expect(await findApiKey(db(), key.apiKeyId)).toEqual(stored)
    expect(await listApiKeys(db(), account.accountId)).toEqual([stored])
  })

  test('come back as they went in, with no optional field', async () => {
    const { accountId } = await givenAccount(on.database())
    const key = await givenApiKey(on.database(), accountId, { ipAllowlist: [], scopes: [] })
    expect(await findApiKey(db(), key.apiKeyId)).toEqual({ ...key, tier: 'basic', ...OF_ACCOUNT })
    expect((await findApiKey(db(), key.apiKeyId))?.publicKey.constructor).toBe(Uint8Array)
    expect(await findApiKey(db(), randomUUID())).toBeUndefined()
  })

  test('know when their account is suspended', async () => {
    const { accountId } = await givenAccount(on.database())
    const { apiKeyId } = await givenApiKey(on.database(), accountId)
    await inTransaction(on.database(), (trx) => setAccountSuspended(trx, accountId, true, 1))
    expect(await findApiKey(db(), apiKeyId)).toMatchObject({ accountSuspended: true })
  })

  test('are listed for their account only, in the order of creation', async () => {
    const { accountId } = await givenAccount(on.database())
    const other = await givenAccount(on.database())
    for (const createdAt of [30, 10, 20]) {
      await givenApiKey(on.database(), accountId, { createdAt, apiKeyId: idBefore(createdAt) })
    }
    const others = await givenApiKey(on.database(), other.accountId)
    expect((await listApiKeys(db(), accountId)).map((key) => key.createdAt)).toEqual([10, 20, 30])
    expect((await listApiKeys(db(), other.accountId)).map((key) => key.apiKeyId)).toEqual([others.apiKeyId])
    expect(await listApiKeys(db(), randomUUID())).toEqual([])
  })

  test('of an account that is not there are a fault', async () => {
    await expect(insert(makeApiKey(randomUUID()))).rejects.toThrow()
  })

  test('with an id that is taken are a fault', async () => {
    const { accountId } = await givenAccount(on.database())
    const { apiKeyId } = await givenApiKey(on.database(), accountId)
    await expect(insert(makeApiKey(accountId, { apiKeyId }))).rejects.toThrow()
  })

  test('with a public key that their account has are refused without harm to the transaction', async () => {
    const { accountId } = await givenAccount(on.database())
    const { publicKey, fingerprint } = await givenApiKey(on.database(), accountId)
    const twin = makeApiKey(accountId, { publicKey, fingerprint })
    const next = makeApiKey(accountId)
    const changes = await changesDuring(() =>
      inTransaction(on.database(), async (trx) => {
        expect(await insertApiKey(trx, twin)).toBe('duplicate_public_key')
        expect(await insertApiKey(trx, next)).toBe('inserted')
      }),
    )
    expect(changes).toEqual([{ accountId, apiKeyId: next.apiKeyId, changedAt: next.createdAt }])
    expect(await findApiKey(db(), twin.apiKeyId)).toBeUndefined()

    const other = await givenAccount(on.database())
    expect(await insert(makeApiKey(other.accountId, { publicKey, fingerprint }))).toBe('inserted')
  })

  test('with one public key, registered at once: exactly one is taken', async () => {
    const { accountId } = await givenAccount(on.database())
    const { publicKey, fingerprint } = makeApiKey(accountId)
    const databases = [on.database(), await on.connect()]
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        insert(makeApiKey(accountId, { publicKey, fingerprint }), databases[index % 2]),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'inserted')).toHaveLength(1)
    expect(await listApiKeys(db(), accountId)).toHaveLength(1)
  })

  test('are deleted by their account only, and for good', async () => {
    const { accountId } = await givenAccount(on.database())
    const other = await givenAccount(on.database())
    const { apiKeyId } = await givenApiKey(on.database(), accountId)
    expect(await changesDuring(() => remove(other.accountId, apiKeyId))).toEqual([])
    expect(await findApiKey(db(), apiKeyId)).toBeDefined()
    expect(await changesDuring(() => remove(accountId, apiKeyId))).toEqual([{ accountId, apiKeyId, changedAt: 77 }])
    expect(await findApiKey(db(), apiKeyId)).toBeUndefined()
    expect(await remove(accountId, apiKeyId)).toBe(false)
  })

  test('leave what they made behind when they are deleted', async () => {
    const { accountId } = await givenAccount(on.database())
    const parent = await givenApiKey(on.database(), accountId)
    const child = await givenApiKey(on.database(), accountId, { parentKeyId: parent.apiKeyId })
    expect(await remove(accountId, parent.apiKeyId)).toBe(true)
    expect(await findApiKey(db(), child.apiKeyId)).toMatchObject({ parentKeyId: parent.apiKeyId })
  })

  test('deleted twice at once are deleted once', async () => {
    const { accountId } = await givenAccount(on.database())
    const other = await on.connect()
    for (let round = 0; round < 10; round++) {
      const { apiKeyId } = await givenApiKey(on.database(), accountId)
      let outcomes: boolean[] = []
      const changes = await changesDuring(async () => {
        outcomes = await Promise.all([remove(accountId, apiKeyId), remove(accountId, apiKeyId, other)])
      })
      expect(outcomes.toSorted()).toEqual([false, true])
      expect(changes).toHaveLength(1)
    }
  })

  test('are disabled, enabled and revoked; revoked is final and keeps its reason', async () => {
    const { accountId } = await givenAccount(on.database())
    const { apiKeyId } = await givenApiKey(on.database(), accountId)
    const change = { accountId, apiKeyId, changedAt: 88 }
    const stateOf = async () => (await findApiKey(db(), apiKeyId))?.state

    expect(await changesDuring(() => setState(accountId, apiKeyId, { state: 'disabled' }))).toEqual([change])
    expect(await stateOf()).toBe('disabled')
    expect(await changesDuring(() => setState(accountId, apiKeyId, { state: 'disabled' }))).toEqual([])
    expect(await setState(accountId, apiKeyId, { state: 'active' })).toBe(true)
    expect(await stateOf()).toBe('active')
    expect(await setState(accountId, apiKeyId, { state: 'revoked', reason: 'key_compromise' })).toBe(true)
    for (const next of [{ state: 'active' }, { state: 'disabled' }, { state: 'revoked', reason: 'other' }] as const) {
      expect(await changesDuring(() => setState(accountId, apiKeyId, next))).toEqual([])
    }
    expect(await findApiKey(db(), apiKeyId)).toMatchObject({ state: 'revoked', revokedReason: 'key_compromise' })
  })

  test('of another account keep their state', async () => {
    const { accountId } = await givenAccount(on.database())
    const { apiKeyId } = await givenApiKey(on.database(), accountId)
    const other = await givenAccount(on.database())
    expect(await setState(other.accountId, apiKeyId, { state: 'disabled' })).toBe(false)
    expect(await findApiKey(db(), apiKeyId)).toMatchObject({ state: 'active' })
  })

  test('count as live unless revoked or expired', async () => {
    const { accountId } = await givenAccount(on.database())
    const other = await givenAccount(on.database())
    await givenApiKey(on.database(), other.accountId)
    await givenApiKey(on.database(), accountId)
    await givenApiKey(on.database(), accountId, { state: 'disabled' })
    await givenApiKey(on.database(), accountId, { state: 'revoked', revokedReason: 'unspecified' })
    await givenApiKey(on.database(), accountId, { expiresAt: 1000 })
    const countAt = (now: number) => inTransaction(on.database(), (trx) => countApiKeys(trx, accountId, now))
    expect(await countAt(999)).toEqual({ live: 3, all: 4 })
    expect(await countAt(1000)).toEqual({ live: 2, all: 4 })
  })

  test('created at once never pass the limit', async () => {
    const limit = 5
    const { accountId } = await givenAccount(on.database())
    const databases = [on.database(), await on.connect(), await on.connect()]
    const create = (database: Database | undefined) =>
      inTransaction(database ?? on.database(), async (trx) => {
        await lockAccount(trx, accountId)
        if ((await countApiKeys(trx, accountId, 0)).live >= limit) return false
        await sleep(50)
        return (await insertApiKey(trx, makeApiKey(accountId))) === 'inserted'
      })
    const created = await Promise.all(Array.from({ length: 24 }, (_, index) => create(databases[index % 3])))
    expect(created.filter(Boolean)).toHaveLength(limit)
    expect(await listApiKeys(db(), accountId)).toHaveLength(limit)
  })

  test.each(['scopes', 'ip_allowlist'])('with bad JSON in %s are a fault that names the key', async (column) => {
    const { accountId } = await givenAccount(on.database())
    const { apiKeyId } = await givenApiKey(on.database(), accountId)
    for (const json of ['[', '{}', '"read"', '[1]', 'null']) {
      await sql`update api_keys set ${sql.ref(column)} = ${json} where id = ${apiKeyId}`.execute(db())
      await expect(findApiKey(db(), apiKeyId)).rejects.toThrow(`api_keys.${column} of key ${apiKeyId}`)
      await expect(listApiKeys(db(), accountId)).rejects.toThrow(apiKeyId)
    }
  })
})

/** An id that sorts before those of smaller numbers. */
function idBefore(number: number): string {
  return `${100 - number}${randomUUID().slice(2)}`
}

import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey, makeApiKey } from '../../test/records.ts'
import type { Actor } from '../actions/actor.ts'
import { getCascade } from '../actions/describe-cascade.ts'
import { type RevokeContext, revokeKey } from '../actions/revoke-key.ts'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { toApiKeyRow } from '../storage/api-key-rows.ts'
import { takeCascade } from '../storage/cascades.ts'
import { inTransaction } from '../storage/transaction.ts'
import { runCascades } from './run-cascades.ts'

const NOW_MS = 1_700_000_000_000
/** So few keys of one transaction that small lineages are large. */
const AT_ONCE = 8
const LOG = pino({ level: 'silent' })

describeOnEachDatabase('a revocation with cascade', ({ database }) => {
  const clock = { nowMs: NOW_MS }
  const told: string[] = []
  const context = (holder = 'test'): RevokeContext => ({
    database: database(),
    settings: { ...DEFAULT_SETTINGS, databaseUrl: '' },
    keyChanged: ({ keyId }) => void told.push(keyId ?? 'account'),
    bucketEnded: () => undefined,
    takeKeyPair: () => Promise.reject(new Error('no key pair is made here')),
    deploymentId: 'd',
    now: () => clock.nowMs,
    cascades: { holder, keysAtOnce: AT_ONCE, wake: () => undefined },
  })

  async function givenOperator(): Promise<Actor> {
    const { accountId, tier } = await givenAccount(database(), { isOperator: true })
    const scopes = ['read', 'write', 'admin']
    const { apiKeyId: keyId } = await givenApiKey(database(), accountId, { scopes })
    return { accountId, keyId, scopes, tier, profile: 'http-message-signatures', ip: '203.0.113.7' }
  }

  /** A key that made so many others, the first of which made as many again. */
  async function givenLineage(wide: number, deep = 0) {
    const { accountId } = await givenAccount(database())
    const root = (await givenApiKey(database(), accountId)).apiKeyId
    const first = randomUUID()
    const made = Array.from({ length: wide }, (_, i) =>
      makeApiKey(accountId, { parentKeyId: root, ...(i === 0 && { apiKeyId: first }) }),
    )
    const below = Array.from({ length: deep }, () => makeApiKey(accountId, { parentKeyId: first }))
    const rows = [...made, ...below].map(toApiKeyRow)
    for (let i = 0; i < rows.length; i += 500) {
      await database()
        .kysely.insertInto('api_keys')
        .values(rows.slice(i, i + 500))
        .execute()
    }
    return { accountId, root, ids: rows.map(({ id }) => id) }
  }

  async function liveOf(accountId: string): Promise<string[]> {
    const rows = await database()
      .kysely.selectFrom('api_keys')
      .select('id')
      .where('account_id', '=', accountId)
      .where('state', '<>', 'revoked')
      .execute()
    return rows.map(({ id }) => id)
  }

  const request = { reason: 'key_compromise', note: 'leaked', cascade: true } as const

  test('of few keys answers with all of them', async () => {
    const operator = await givenOperator()
    const { accountId, root, ids } = await givenLineage(4, 3)
    const answer = await revokeKey(context(), operator, 'all', root, request)
    expect(answer).toEqual({ revoked: expect.arrayContaining([root, ...ids]) })
    expect(await liveOf(accountId)).toEqual([])
    expect(await getCascade(context(), operator, 'all', root)).toMatchObject({
      state: 'finished',
      revoked: 8,
      total: 8,
    })
    expect(await database().kysely.selectFrom('cascade_keys').selectAll().execute()).toEqual([])
  })

  test('of many refuses the key itself first, and goes on behind the answer, each key with its event', async () => {
    const operator = await givenOperator()
    const { accountId, root, ids } = await givenLineage(17, 11)
    told.length = 0
    const { seq } = await database().kysely.selectFrom('audit_chain').selectAll().executeTakeFirstOrThrow()
    const answer = await revokeKey(context(), operator, 'all', root, request)
    expect(answer).toMatchObject({ revoked: [root], cascade: { api_key_id: root, state: 'running', passed: 9 } })
    expect(told[0]).toBe(root)
    expect(await liveOf(accountId)).toHaveLength(20)

    const runner = runCascades({ context: context(), log: LOG, lookEveryMs: 5, keysAtOnce: AT_ONCE })
    clock.nowMs += 31_000
    const progress = () => getCascade(context(), operator, 'all', root)
    await vi.waitFor(async () => expect(await progress()).toMatchObject({ state: 'finished' }), 15_000)
    expect(await progress()).toMatchObject({ revoked: 29, passed: 29, total: 29, reason: 'key_compromise' })
    expect(await liveOf(accountId)).toEqual([])
    expect(new Set(told)).toEqual(new Set([root, ...ids]))
    const events = await database().kysely.selectFrom('audit_events').selectAll().where('seq', '>', seq).execute()
    expect(events.filter(({ action }) => action === 'key.revoked')).toHaveLength(29)
    expect(new Set(events.map(({ actor_key_id }) => actor_key_id))).toEqual(new Set([operator.keyId]))
    const barred = await database().kysely.selectFrom('barred_fingerprints').select('fingerprint').execute()
    expect(barred.length).toBeGreaterThanOrEqual(29)
    const found = () => database().kysely.selectFrom('cascade_keys').selectAll().execute()
    await vi.waitFor(async () => expect(await found()).toEqual([]), 15_000)
    await runner.close()
  })

  test('is another process business only once its own has been silent', async () => {
    const operator = await givenOperator()
    const { accountId, root } = await givenLineage(12)
    await revokeKey(context('one'), operator, 'all', root, request)
    const take = (holder: string) => inTransaction(database(), (trx) => takeCascade(trx, holder, clock.nowMs))
    expect(await take('two')).toBeUndefined()
    expect(await take('one')).toMatchObject({ rootKeyId: root })
    clock.nowMs += 30_000
    const runner = runCascades({ context: context(), log: LOG, lookEveryMs: 5, keysAtOnce: AT_ONCE })
    await vi.waitFor(async () => expect(await liveOf(accountId)).toEqual([]), 15_000)
    await runner.close()
  })

  test('that is asked for again while it runs begins no other, and afterwards leaves no row behind', async () => {
    const operator = await givenOperator()
    const { accountId, root } = await givenLineage(20)
    const actor: Actor = { ...operator, accountId, keyId: (await givenApiKey(database(), accountId)).apiKeyId }
    const first = await revokeKey(context(), operator, 'all', root, request)
    for (const [asker, reach] of [
      [operator, 'all'],
      [actor, 'own'],
    ] as const) {
      const again = await revokeKey(context(), asker, reach, root, request)
      expect(again).toEqual({ ...first, revoked: [] })
    }
    const cascades = () =>
      database().kysely.selectFrom('cascades').selectAll().where('root_key_id', '=', root).execute()
    expect(await cascades()).toHaveLength(1)
    // For another reason, more is done.
    await revokeKey(context(), operator, 'all', root, { ...request, reason: 'superseded' })
    expect(await cascades()).toHaveLength(2)
    clock.nowMs += 31_000
    const runner = runCascades({ context: context(), log: LOG, lookEveryMs: 5, keysAtOnce: AT_ONCE })
    const found = () => database().kysely.selectFrom('cascade_keys').selectAll().execute()
    await vi.waitFor(async () => expect(await found()).toEqual([]), 15_000)
    await runner.close()
    const few = { ...context(), cascades: { ...context().cascades, keysAtOnce: 100 } }
    for (let i = 0; i < 3; i++) await revokeKey(few, operator, 'all', root, request)
    expect(await cascades()).toHaveLength(1)
  })

  test('of an operator comes before those of holders, and one that a clock far ahead holds is taken', async () => {
    const operator = await givenOperator()
    const [own, any] = [await givenLineage(12), await givenLineage(12)]
    const holder = { ...operator, accountId: own.accountId, keyId: own.ids.at(-1) ?? '' }
    clock.nowMs += 3_600_000
    await revokeKey(context('ahead'), holder, 'own', own.root, request)
    clock.nowMs += 1
    await revokeKey(context('ahead'), operator, 'all', any.root, request)
    clock.nowMs -= 3_600_001
    const take = (name: string) => inTransaction(database(), (trx) => takeCascade(trx, name, clock.nowMs))
    expect([await take('two'), await take('three')]).toMatchObject([{ rootKeyId: any.root }, { rootKeyId: own.root }])
    clock.nowMs += 31_000
    const runner = runCascades({ context: context(), log: LOG, lookEveryMs: 5, keysAtOnce: AT_ONCE })
    await vi.waitFor(async () => expect(await liveOf(own.accountId)).toEqual([]), 15_000)
    await runner.close()
  })

  test('by a holder leaves the keys of other accounts', async () => {
    const { accountId, root } = await givenLineage(3)
    const actor: Actor = {
      accountId,
      keyId: root,
      scopes: ['read', 'write'],
      tier: 'basic',
      profile: 'http-message-signatures',
      ip: '203.0.113.7',
    }
    const other = await givenAccount(database())
    const strange = await givenApiKey(database(), other.accountId, { operatorKeyId: root })
    const answer = await revokeKey(context(), actor, 'own', root, request)
    expect(answer).toMatchObject({ revoked: { length: 4 } })
    expect(await liveOf(other.accountId)).toEqual([strange.apiKeyId])
    expect(await getCascade(context(), { ...actor, accountId: other.accountId }, 'own', root)).toMatchObject({
      denied: 'not_found',
    })
  })

  test('of a key that deleted itself ends what it made', async () => {
    const operator = await givenOperator()
    const { accountId } = await givenAccount(database())
    const gone = randomUUID()
    const deleted = { id: gone, account_id: accountId, fingerprint: 'f', deleted_at: 1, parent_key_id: null }
    await database()
      .kysely.insertInto('deleted_api_keys')
      .values({ ...deleted, operator_key_id: null })
      .execute()
    const { apiKeyId } = await givenApiKey(database(), accountId, { parentKeyId: gone })
    expect(await revokeKey(context(), operator, 'all', gone, { reason: 'unspecified' })).toMatchObject({
      denied: 'not_found',
    })
    expect(await revokeKey(context(), operator, 'all', gone, request)).toEqual({ revoked: [apiKeyId] })
  })
})

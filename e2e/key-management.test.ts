import { randomUUID } from 'node:crypto'
import { DEFAULT_SETTINGS } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setAccountSuspended } from '../packages/server/src/storage/accounts.ts'
import { deleteApiKey, insertApiKey, setApiKeyState } from '../packages/server/src/storage/change-api-keys.ts'
import { findApiKey, listApiKeys } from '../packages/server/src/storage/find-api-keys.ts'
import { inTransaction } from '../packages/server/src/storage/transaction.ts'
import { givenAccount, makeApiKey } from '../packages/server/test/records.ts'
import { type Answer, call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { expectCommonHeaders, expectRefusal } from './support/expect-refusal.ts'
import { type GivenKey, givenCustomer, givenKey, newPublicKey } from './support/given-key.ts'
import { accessHeaders, type KeyHolder, keyHolder } from './support/key-holder.ts'
import { DIALECTS } from './support/running-server.ts'
import { startWorld, type World } from './support/world.ts'

const KEYS = '/trade-api/v2/api_keys'
const GENERATE = `${KEYS}/generate`
/** How soon a running server must know of a change that another process made (issue 2). */
const SEEN_WITHIN_MS = 1_000

describe.each(DIALECTS)('key management (%s)', (dialect) => {
  let world: World
  let clockOffsetMs = 0
  beforeAll(async () => {
    world = await startWorld(dialect, {
      now: () => Date.now() + clockOffsetMs,
      settings: { scopes: [...DEFAULT_SETTINGS.scopes, 'audit', 'audit::export'] },
    })
  })
  afterAll(() => world?.close())

  describe('what a new key may do', () => {
    test.each([
      ['what was asked for', ['read', 'write::trade'], ['read', 'write::trade']],
      ['a child alone', ['write::transfer'], ['write::transfer']],
      ['read and write, where nothing was said', undefined, ['read', 'write']],
    ])('is %s', async (_, scopes, granted) => {
      const made = await create(world.alice, { scopes })
      expect(made.status).toBe(201)
      expect((await listed(world.alice)).get(idIn(made))).toEqual({
        api_key_id: idIn(made),
        name: 'a',
        scopes: granted,
      })
    })

    test.each([
      ['a scope that the maker does not hold', ['read', 'write', 'audit'], 'audit'],
      ['a part of one', ['read', 'audit::export'], 'audit::export'],
    ])('is never %s', async (_, scopes, missing) => {
      const body = `{"error":{"code":"insufficient_scope","message":"the key lacks a scope that this request needs","details":"${missing}"}}`
      expectRefusal(await create(world.alice, { scopes }), 403, body)
      expectRefusal(
        await call(world.server, 'POST', GENERATE, { as: world.alice, json: { name: 'a', scopes } }),
        403,
        body,
      )
    })

    test('may be more where the maker holds it', async () => {
      const auditor = await givenKey(world.database, world.alice.accountId, { scopes: ['read', 'write', 'audit'] })
      expect((await create(auditor, { scopes: ['read', 'audit::export'] })).status).toBe(201)
    })

    test("ends when its maker's key ends, with its allowlist", async () => {
      const expiresAt = Date.now() + 60_000
      const ipAllowlist = ['127.0.0.0/8']
      const maker = await givenKey(world.database, world.alice.accountId, { expiresAt, ipAllowlist })
      const made = await call(world.server, 'POST', GENERATE, {
        as: maker,
        json: { name: 'heir', key_type: 'ed25519' },
      })
      const heir = holderIn(made)
      expect(await findApiKey(world.database.kysely, heir.keyId)).toMatchObject({
        expiresAt,
        ipAllowlist,
        parentKeyId: maker.keyId,
      })

      expect((await list(heir)).status).toBe(200)
      clockOffsetMs = 61_000
      const late = await call(world.server, 'GET', KEYS, {
        headers: accessHeaders(heir, 'GET', KEYS, Date.now() + clockOffsetMs),
      })
      clockOffsetMs = 0
      expect(late.text).toContain('API_KEY_EXPIRED')
      expect((await list(heir)).status).toBe(200)
    })

    test('is bound to its sub-account, which its list says', async () => {
      const made = await create(world.alice, { subaccount: 0 })
      expect((await listed(world.alice)).get(idIn(made))).toMatchObject({ subaccount: 0 })
    })
  })

  test('a key that is bound to a sub-account reads the limits, and manages no keys', async () => {
    const bound = await givenKey(world.database, world.alice.accountId, { subaccount: 3 })
    expect((await call(world.server, 'GET', '/trade-api/v2/account/limits', { as: bound })).status).toBe(200)
    expect((await list(bound)).status).toBe(403)
  })

  test('names are kept without the white space around them', async () => {
    const made = await create(world.alice, { name: ' \u00a0pricing bot\t\n' })
    expect((await listed(world.alice)).get(idIn(made))?.name).toBe('pricing bot')
  })

  test('names may have 128 characters of any script, and need not be unique', async () => {
    const name = '鍵🔑'.repeat(64)
    const [one, two] = [await create(world.alice, { name }), await create(world.alice, { name })]
    const keys = await listed(world.alice)
    expect([keys.get(idIn(one))?.name, keys.get(idIn(two))?.name]).toEqual([name, name])
  })

  test.each([
    ['rsa', undefined, '-----BEGIN RSA PRIVATE KEY-----'],
    ['rsa', 'rsa', '-----BEGIN RSA PRIVATE KEY-----'],
    ['ed25519', 'ed25519', '-----BEGIN PRIVATE KEY-----'],
  ])('generate answers with an %s key (asked for: %s) that no cache may keep', async (type, key_type, armour) => {
    const made = await call(world.server, 'POST', GENERATE, { as: world.alice, json: { name: 'g', key_type } })

    expect(made.status).toBe(201)
    expect(made.headers['cache-control']).toBe('no-store')
    expect(made.headers['content-type']).toBe('application/json; charset=utf-8')
    const { private_key: pem, ...rest } = JSON.parse(made.text)
    expect(Object.keys(JSON.parse(made.text))).toEqual(['api_key_id', 'private_key', 'key_type'])
    expect(rest).toEqual({ api_key_id: expect.any(String), key_type: type })
    expect(pem.split('\n', 1)).toEqual([armour])
    const { asymmetricKeyType, asymmetricKeyDetails } = keyHolder('', pem).privateKey
    expect(asymmetricKeyType).toBe(type)
    if (type === 'rsa') expect(asymmetricKeyDetails).toMatchObject({ modulusLength: 2048, publicExponent: 65_537n })
    expect((await list(holderIn(made))).status).toBe(200)
    expect(world.server.log()).not.toContain('PRIVATE KEY')
  })

  test('HEAD is answered as GET, without the body', async () => {
    const got = await list(world.alice)
    const headers = accessHeaders(world.alice, 'HEAD', KEYS)
    const head = await call(world.server, 'HEAD', KEYS, { headers })
    expect({ status: head.status, text: head.text, length: head.headers['content-length'] }).toEqual({
      status: 200,
      text: '',
      length: got.headers['content-length'],
    })
    expectCommonHeaders(head)

    const signedAsGet = await call(world.server, 'HEAD', KEYS, { headers: accessHeaders(world.alice, 'GET', KEYS) })
    expect(signedAsGet.status).toBe(401)
  })

  test('a DELETE may carry a content type, or a body that no one asked for', async () => {
    for (const options of [{ headers: { 'content-type': 'application/json' } }, { json: {} }, { body: 'abc' }]) {
      const target = `${KEYS}/${(await givenKey(world.database, world.alice.accountId)).keyId}`
      const signed = { ...accessHeaders(world.alice, 'DELETE', target), ...options.headers }
      const deleted = await call(world.server, 'DELETE', target, { ...options, headers: signed })
      expect({ status: deleted.status, text: deleted.text }).toEqual({ status: 204, text: '' })
      expect(deleted.headers['content-type']).toBeUndefined()
      expectCommonHeaders(deleted)
    }
  })

  describe('accounts', () => {
    test('list their own keys only, in the order in which these were made', async () => {
      const accountId = await givenCustomer(world.database, 'Erin')
      const erin = await givenKey(world.database, accountId, { createdAt: 1 })
      const second = idIn(await create(erin, { name: 'second' }))
      expect([...(await listed(erin)).keys()]).toEqual([erin.keyId, second])
      expect([...(await listed(world.bob)).keys()]).not.toContain(second)
    })

    test("do not learn of another's keys: theirs is answered as one that is not there", async () => {
      const theirs = await call(world.server, 'DELETE', `${KEYS}/${world.bob.keyId}`, { as: world.alice })
      const nobodys = await call(world.server, 'DELETE', `${KEYS}/${randomUUID()}`, { as: world.alice })
      expect([theirs.status, theirs.text]).toEqual([nobodys.status, nobodys.text])
      expect(theirs.status).toBe(404)
      expect((await list(world.bob)).status).toBe(200)
    })

    test('may register the same public key, each for itself', async () => {
      const json = { name: 'shared', public_key: newPublicKey() }
      expect((await call(world.server, 'POST', KEYS, { as: world.alice, json })).status).toBe(201)
      expect((await call(world.server, 'POST', KEYS, { as: world.bob, json })).status).toBe(201)
      expect((await call(world.server, 'POST', KEYS, { as: world.bob, json })).status).toBe(409)
    })

    test('have 100 live keys at most, also when all calls come at once; revoked and expired ones do not count', async () => {
      const frank = await givenKey(world.database, await givenCustomer(world.database, 'Frank'))
      await inTransaction(world.database, async (trx) => {
        const row = (parts = {}) => {
          const key = makeApiKey(frank.accountId, parts)
          return {
            id: key.apiKeyId,
            account_id: key.accountId,
            name: key.name,
            key_type: key.keyType,
            public_key: key.publicKey,
            fingerprint: key.fingerprint,
            scopes: '["read"]',
            state: key.state,
            expires_at: key.expiresAt ?? null,
            created_at: key.createdAt,
          }
        }
        await trx
          .insertInto('api_keys')
          .values(Array.from({ length: 95 }, () => row()))
          .execute()
        await trx
          .insertInto('api_keys')
          .values([row({ state: 'revoked' }), row({ expiresAt: 1 })])
          .execute()
      })

      const answers = await Promise.all(Array.from({ length: 10 }, () => create(frank, {})))

      expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 400, 400, 400, 400, 400, 400])
      expect((await listApiKeys(world.database.kysely, frank.accountId)).length).toBe(102)
    })
  })

  test('have ten times as many at most with those that ended, until some are deleted', async () => {
    const grace = await givenKey(world.database, await givenCustomer(world.database, 'Grace'))
    await inTransaction(world.database, async (trx) => {
      for (let i = 0; i < 999; i++) await insertApiKey(trx, makeApiKey(grace.accountId, { state: 'revoked' }))
    })
    const refused = await create(grace, {})
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('delete some')])
    const [ended] = (await listApiKeys(world.database.kysely, grace.accountId)).filter(
      ({ apiKeyId }) => apiKeyId !== grace.keyId,
    )
    expect((await call(world.server, 'DELETE', `${KEYS}/${ended?.apiKeyId}`, { as: grace })).status).toBe(204)
    expect((await create(grace, {})).status).toBe(201)
  })

  test('of ten calls that register one public key at once, one succeeds', async () => {
    const json = { name: 'race', public_key: newPublicKey() }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => call(world.server, 'POST', KEYS, { as: world.alice, json })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)])
  })

  describe('deleting', () => {
    test('twenty keys twice each at once: of two calls for a key, one deletes it and one finds none', async () => {
      const keys = await Promise.all(Array.from({ length: 20 }, () => givenKey(world.database, world.alice.accountId)))
      const pairs = await Promise.all(
        keys.map(({ keyId }) => {
          const remove = () => call(world.server, 'DELETE', `${KEYS}/${keyId}`, { as: world.alice })
          return Promise.all([remove(), remove()])
        }),
      )
      for (const pair of pairs) expect(pair.map(({ status }) => status).sort()).toEqual([204, 404])
    })

    test('holds from its 204 on, whoever is calling', async () => {
      for (let round = 0; round < 5; round++) {
        const key = await givenKey(world.database, world.alice.accountId)
        const calls: { startedAt: number; status: number }[] = []
        let stop = false
        const callers = Array.from({ length: 8 }, async () => {
          while (!stop) {
            const startedAt = performance.now()
            const { status } = await list(key)
            calls.push({ startedAt, status })
          }
        })
        await eventually(5_000, () => calls.filter(({ status }) => status === 200).length >= 20)
        expect((await call(world.server, 'DELETE', `${KEYS}/${key.keyId}`, { as: world.alice })).status).toBe(204)
        const deletedAt = performance.now()
        await eventually(5_000, () => calls.filter(({ startedAt }) => startedAt > deletedAt).length >= 20)
        stop = true
        await Promise.all(callers)

        const after = calls.filter(({ startedAt }) => startedAt > deletedAt)
        expect(new Set(after.map(({ status }) => status))).toEqual(new Set([401]))
      }
    })

    test('a key may delete itself', async () => {
      const key = await givenKey(world.database, world.alice.accountId)
      expect((await call(world.server, 'DELETE', `${KEYS}/${key.keyId}`, { as: key })).status).toBe(204)
      expect((await list(key)).text).toContain('NOT_FOUND')
    })
  })

  describe('what another process changes in the database is seen within a second', () => {
    test('a key is deleted', async () => {
      const key = await usedKey()
      await inTransaction(world.database, (trx) => deleteApiKey(trx, key.accountId, key.keyId, Date.now()))
      await seen(key, 'NOT_FOUND')
    })

    test('a key is disabled, enabled, revoked', async () => {
      const key = await usedKey()
      await setState(key, { state: 'disabled' })
      await seen(key, 'API_KEY_DISABLED')
      await setState(key, { state: 'active' })
      await seen(key, 'api_keys')
      await setState(key, { state: 'revoked', reason: 'key_compromise' })
      await seen(key, 'API_KEY_REVOKED')
    })

    test('an account is suspended and taken back', async () => {
      const key = await usedKey(await givenCustomer(world.database, 'Grace'))
      await inTransaction(world.database, (trx) => setAccountSuspended(trx, key.accountId, true, Date.now()))
      await seen(key, 'ACCOUNT_SUSPENDED')
      await inTransaction(world.database, (trx) => setAccountSuspended(trx, key.accountId, false, Date.now()))
      await seen(key, 'api_keys')
    })

    test('a key is issued whose id had been asked for before', async () => {
      const apiKeyId = randomUUID()
      const early = { keyId: apiKeyId, privateKey: world.alice.privateKey }
      expect((await list(early)).text).toContain('NOT_FOUND')
      await seen(await givenKey(world.database, world.alice.accountId, { apiKeyId }), 'api_keys')
    })

    async function usedKey(accountId = world.alice.accountId): Promise<GivenKey> {
      const key = await givenKey(world.database, accountId)
      expect((await list(key)).status).toBe(200)
      return key
    }

    async function seen(key: KeyHolder, text: string): Promise<void> {
      await eventually(SEEN_WITHIN_MS, async () => (await list(key)).text.includes(text))
    }

    async function setState(key: GivenKey, change: Parameters<typeof setApiKeyState>[3]): Promise<void> {
      await inTransaction(world.database, (trx) => setApiKeyState(trx, key.accountId, key.keyId, change, Date.now()))
    }
  })

  function list(as: KeyHolder): Promise<Answer> {
    return call(world.server, 'GET', KEYS, { as })
  }

  async function listed(as: KeyHolder): Promise<Map<string, { name: string }>> {
    const { api_keys: keys } = JSON.parse((await list(as)).text)
    return new Map(keys.map((key: { api_key_id: string; name: string }) => [key.api_key_id, key]))
  }

  function create(as: KeyHolder, parts: Record<string, unknown>): Promise<Answer> {
    return call(world.server, 'POST', KEYS, { as, json: { name: 'a', public_key: newPublicKey(), ...parts } })
  }
})

describe('where own public keys need a usage tier', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld('sqlite', { settings: { ownPublicKeyTier: 'premier' } })
  })
  afterAll(() => world?.close())

  test('an account below it may not register one, and one of that tier or above may', async () => {
    const register = async (tier: string) => {
      const { accountId } = await givenAccount(world.database, { tier })
      const as = await givenKey(world.database, accountId)
      return call(world.server, 'POST', KEYS, { as, json: { name: 'own', public_key: newPublicKey() } })
    }
    expectRefusal(
      await register('expert'),
      403,
      '{"error":{"code":"insufficient_usage_tier","message":"this account\'s usage tier does not allow this","details":"tier premier or above"}}',
    )
    expect((await register('premier')).status).toBe(201)
    expect((await register('prime')).status).toBe(201)
  })

  test('any account may have a key generated', async () => {
    const { accountId } = await givenAccount(world.database, { tier: 'basic' })
    const as = await givenKey(world.database, accountId)
    expect((await call(world.server, 'POST', GENERATE, { as, json: { name: 'a', key_type: 'ed25519' } })).status).toBe(
      201,
    )
  })
})

function idIn(made: Answer): string {
  return JSON.parse(made.text).api_key_id
}

function holderIn(made: Answer): KeyHolder {
  const { api_key_id: id, private_key: pem } = JSON.parse(made.text)
  return keyHolder(id, pem)
}

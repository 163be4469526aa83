import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAuditChain } from '../packages/server/src/storage/audit-events.ts'
import { findApiKey } from '../packages/server/src/storage/find-api-keys.ts'
import { inTransaction } from '../packages/server/src/storage/transaction.ts'
import { addUsage, startOf } from '../packages/server/src/storage/usage.ts'
import { callSigned, startMessageWorld } from './message-signatures/support/message-world.ts'
import { type Answer, call } from './support/call.ts'
import { type GivenKey, givenCustomer, givenKey, givenOperator, newPublicKey } from './support/given-key.ts'
import { accessHeaders, keyHolder } from './support/key-holder.ts'
import { DIALECTS } from './support/running-server.ts'
import { startWorld, type World } from './support/world.ts'

const BASE = '/trade-api/v2'
const KEYS = `${BASE}/api_keys`
const ADMIN = '/admin/v1'
const HOUR_MS = 3_600_000

describe.each(DIALECTS)('the life of keys and accounts (%s)', (dialect) => {
  let world: World
  let operator: GivenKey
  let deploymentId: string
  beforeAll(async () => {
    world = await startMessageWorld(dialect)
    operator = await givenOperator(world.database)
    deploymentId = JSON.parse((await call(world.server, 'GET', `${BASE}/deployment`)).text).deployment_id
  })
  afterAll(() => world?.close())

  const ask = (as: GivenKey, method: string, target: string, json?: unknown) =>
    callSigned(world.server, as, method, target, { json })
  const newKey = async (parts = {}) => givenKey(world.database, world.alice.accountId, parts)
  const limits = (as: GivenKey) => call(world.server, 'GET', `${BASE}/account/limits`, { as })

  describe('accounts', () => {
    test('are made, found, changed, suspended and taken back by operators, and their keys follow at once', async () => {
      const external_id = `cus-${randomUUID()}`
      const made = await ask(operator, 'POST', `${ADMIN}/accounts`, {
        name: 'Acme',
        external_id,
        usage_tier: 'premier',
      })
      const account = body(made)
      expect([made.status, account]).toMatchObject([
        201,
        { name: 'Acme', external_id, usage_tier: 'premier', state: 'active', operator: false, api_keys: 0 },
      ])
      const place = `${ADMIN}/accounts/${account.account_id}`
      const issued = body(
        await ask(operator, 'POST', `${place}/api_keys/generate`, { name: 'first', key_type: 'ed25519' }),
      )
      const key = { ...keyHolder(issued.api_key_id, issued.private_key), accountId: account.account_id }
      expect(body(await ask(key, 'GET', `${BASE}/whoami`))).toMatchObject({
        account_name: 'Acme',
        external_id,
        usage_tier: 'premier',
        operator: false,
        api_key_name: 'first',
      })
      await ask(operator, 'PATCH', place, { usage_tier: 'expert', external_id: null, metadata: { note: 'x' } })
      expect(body(await ask(key, 'GET', `${BASE}/whoami`))).toMatchObject({ usage_tier: 'expert' })
      expect(body(await ask(operator, 'GET', place))).toMatchObject({ metadata: { note: 'x' }, api_keys: 1 })

      expect(body(await ask(operator, 'POST', `${place}/suspend`, { reason: 'unpaid' })).state).toBe('suspended')
      expect((await limits(key)).text).toContain('ACCOUNT_SUSPENDED')
      expect(body(await ask(operator, 'POST', `${place}/unsuspend`)).state).toBe('active')
      expect((await limits(key)).status).toBe(200)
    })

    test('are listed in pages, by name, external id, tier and state', async () => {
      const name = `Paged ${randomUUID()}`
      for (let i = 0; i < 5; i++) await ask(operator, 'POST', `${ADMIN}/accounts`, { name: `${name} ${i}` })
      const seen: string[] = []
      let cursor = ''
      do {
        const page = body(
          await ask(
            operator,
            'GET',
            `${ADMIN}/accounts?limit=2&name=${encodeURIComponent(name.toLowerCase())}${cursor}`,
          ),
        )
        expect(page.total).toBe(5)
        seen.push(...page.accounts.map((account: { name: string }) => account.name))
        cursor = page.next_cursor ? `&cursor=${page.next_cursor}` : ''
      } while (cursor)
      expect(seen).toEqual([0, 1, 2, 3, 4].map((i) => `${name} ${i}`))
      for (const query of ['limit=0', 'limit=501', 'cursor=AA', 'state=odd', 'name=%F0%9F%92%A9%EF%BF%BD%01']) {
        const { status } = await ask(operator, 'GET', `${ADMIN}/accounts?${query}`)
        expect([query, status]).toEqual([query, query.startsWith('name') ? 200 : 400])
      }
    })

    test('belong to operators with admin alone; one that may only read changes nothing', async () => {
      const reader = await givenKey(world.database, operator.accountId, { scopes: ['admin', 'read'] })
      expect((await ask(reader, 'GET', `${ADMIN}/accounts`)).status).toBe(200)
      expect((await ask(reader, 'POST', `${ADMIN}/accounts`, { name: 'No' })).status).toBe(403)
      expect((await ask(world.alice, 'GET', `${ADMIN}/accounts`)).status).toBe(403)
      const access = await call(world.server, 'GET', `${ADMIN}/accounts`, { as: operator })
      expect(access.text).toContain('profile_not_accepted')
      const self = await ask(operator, 'POST', `${ADMIN}/accounts/${operator.accountId}/suspend`, {})
      expect(self.status).toBe(409)
    })

    test('admin is given by operators, on accounts of operators, and on none else', async () => {
      const json = () => ({ name: 'ops', public_key: newPublicKey(), scopes: ['admin', 'read', 'write'] })
      const of = (accountId: string) => `${ADMIN}/accounts/${accountId}/api_keys`
      expect((await ask(operator, 'POST', of(operator.accountId), json())).status).toBe(201)
      expect((await ask(operator, 'POST', of(world.alice.accountId), json())).status).toBe(400)
      expect((await ask(operator, 'POST', KEYS, json())).status).toBe(400)
      expect((await ask(world.alice, 'POST', KEYS, json())).status).toBe(400)
      const narrow = await givenKey(world.database, operator.accountId, {
        scopes: ['admin', 'read', 'write'],
        ipAllowlist: ['127.0.0.0/8'],
      })
      const heir = body(await ask(narrow, 'POST', of(operator.accountId), json())).api_key_id
      expect((await findApiKey(world.database.kysely, heir))?.ipAllowlist).toEqual(['127.0.0.0/8'])
    })
  })

  describe('what a key is told after it was made', () => {
    test('counts from the answer on: scopes, expiry, allowlist, minimum profile, bucket', async () => {
      const key = await newKey()
      const place = `${KEYS}/${key.keyId}`
      expect((await limits(key)).status).toBe(200)
      await ask(world.alice, 'PATCH', place, { ip_allowlist: ['203.0.113.0/24', '2001:db8::/32'] })
      expect((await limits(key)).text).toContain('ip_not_allowed')
      await ask(world.alice, 'PATCH', place, { ip_allowlist: null, minimum_profile: 'http-message-signatures' })
      expect((await limits(key)).text).toContain('profile_not_accepted')
      await ask(world.alice, 'PATCH', place, {
        minimum_profile: null,
        bucket: { bucket_capacity: 10, refill_rate: 0.0125 },
      })
      expect([(await limits(key)).status, (await limits(key)).status]).toEqual([200, 429])
      await ask(world.alice, 'PATCH', place, { bucket: null, scopes: ['write::trade'] })
      expect((await limits(key)).text).toContain('insufficient_scope')
      const told = body(await ask(world.alice, 'GET', place))
      expect(told).toMatchObject({ state: 'active', scopes: ['write::trade'] })
      expect(Object.keys(told)).not.toContain('bucket')
    })

    test('disabling holds until it is enabled; what an operator disabled, only an operator enables', async () => {
      const key = await newKey()
      const [own, all] = [`${KEYS}/${key.keyId}`, `${ADMIN}/api_keys/${key.keyId}`]
      await ask(world.alice, 'POST', `${own}/disable`)
      expect((await limits(key)).text).toContain('API_KEY_DISABLED')
      await ask(world.alice, 'POST', `${own}/enable`)
      expect((await limits(key)).status).toBe(200)
      await ask(world.alice, 'POST', `${own}/disable`)
      await ask(operator, 'POST', `${all}/disable`)
      expect((await ask(world.alice, 'POST', `${own}/enable`)).status).toBe(409)
      expect(body(await ask(operator, 'POST', `${all}/enable`)).state).toBe('active')
    })

    test.each([
      ['a name', { name: '' }],
      ['wider scopes', { scopes: ['read', 'write', 'read::portfolio_balance', 'nothing'] }],
      ['a past expiry', { expires_at: 1 }],
      ['host bits', { ip_allowlist: ['203.0.113.7/24'] }],
      ['no networks', { ip_allowlist: [] }],
      ['a profile', { minimum_profile: 'none' }],
      ['a bucket', { bucket: { bucket_capacity: 0, refill_rate: 1 } }],
      ['notes', { metadata: { '': 'x' } }],
      ['notes that are too long together', { metadata: { a: '😀'.repeat(512), b: '😀'.repeat(512) } }],
      ['a field', { subaccount: 3 }],
    ])('%s that no key can have is refused', async (_, json) => {
      const key = await newKey()
      expect((await ask(world.alice, 'PATCH', `${KEYS}/${key.keyId}`, json)).text).toContain('invalid_parameter')
    })

    test('the full view is a page of everything, filtered; the contract’s list stays as it is', async () => {
      const accountId = await givenCustomer(world.database, 'Lister')
      const all: GivenKey[] = []
      for (let i = 0; i < 5; i++) {
        all.push(
          await givenKey(world.database, accountId, {
            name: `Bot-${i}`,
            createdAt: 1_000 + i,
            scopes: i > 2 ? ['read'] : ['read', 'write'],
          }),
        )
      }
      const [first] = all
      if (!first) return expect.unreachable()
      await inTransaction(world.database, (trx) =>
        addUsage(trx, [
          {
            subject: 'key',
            id: first.keyId,
            at: startOf(Date.now(), 'minute'),
            allowed: 7,
            refused: 1,
            limited: 1,
            fault: 0,
          },
        ]),
      )
      const list = async (query: string) => body(await ask(first, 'GET', `${KEYS}?view=full${query}`))
      const one = await list('&limit=2')
      const two = await list(`&limit=2&cursor=${one.next_cursor}`)
      expect([one.total, ids(one), ids(two)]).toEqual([5, keyIds(all.slice(0, 2)), keyIds(all.slice(2, 4))])
      expect(one.api_keys[0].last_24_hours.allowed.at(-1)).toBe(7)
      expect(one.api_keys[0].last_24_hours.not_allowed.at(-1)).toBe(2)
      expect(ids(await list('&scope=write'))).toEqual(keyIds(all.slice(0, 3)))
      expect(ids(await list('&name=bOT-3'))).toEqual(keyIds(all.slice(3, 4)))
      expect(ids(await list('&name=%25'))).toEqual([])
      expect(ids(await list(`&q=${all[4]?.keyId.slice(0, 8)}`))).toEqual(keyIds(all.slice(4)))
      expect(ids(await list(`&fingerprint=${one.api_keys[1].fingerprint}`))).toEqual(keyIds(all.slice(1, 2)))
      // Of the first, which asks, it may be written by now that it was used.
      expect(ids(await list('&last_used_before=1')).slice(-4)).toEqual(keyIds(all.slice(1)))
      await ask(first, 'PATCH', `${KEYS}/${all[2]?.keyId}`, { expires_at: Date.now() + HOUR_MS })
      expect(ids(await list(`&expires_before=${Date.now() + 2 * HOUR_MS}`))).toEqual(keyIds(all.slice(2, 3)))
      await ask(first, 'POST', `${KEYS}/${all[3]?.keyId}/disable`)
      expect(ids(await list('&state=disabled'))).toEqual(keyIds(all.slice(3, 4)))
      const mint = body(await ask(first, 'POST', KEYS, { name: 'made', public_key: newPublicKey() })).api_key_id
      expect(ids(await list(`&made_by=${first.keyId}`))).toEqual([mint])
      expect(ids(body(await ask(operator, 'GET', `${ADMIN}/api_keys?account_id=${accountId}`)))).toEqual([
        ...keyIds(all),
        mint,
      ])
      const refused = await call(world.server, 'GET', `${KEYS}?view=full`, { as: first })
      expect(refused.text).toContain('profile_not_accepted')
      const plain = body(await call(world.server, 'GET', KEYS, { as: first }))
      expect(Object.keys(plain.api_keys[0])).toEqual(['api_key_id', 'name', 'scopes'])
      return undefined
    })

    test('a call with an Idempotency-Key makes one key, whose private key comes once', async () => {
      const headers = { 'idempotency-key': randomUUID() }
      const make = (name: string) =>
        call(world.server, 'POST', `${KEYS}/generate`, {
          as: world.alice,
          json: { name, key_type: 'ed25519' },
          headers,
        })
      const made = body(await make('once'))
      const again = await make('once')
      expect([again.status, body(again).error]).toMatchObject([409, { code: 'already_made', details: made.api_key_id }])
      expect(again.text).not.toContain('PRIVATE')
      expect(body(await make('other')).error.code).toBe('idempotency_key_reused')
    })
  })

  test('a leaked restricted key mints, rotates, enables, edits and probes, and gains nothing; a cascade ends what it made', async () => {
    const expiresAt = Date.now() + HOUR_MS
    const leaked = await newKey({
      expiresAt,
      ipAllowlist: ['127.0.0.0/8'],
      minimumProfile: 'http-message-signatures',
      bucket: { capacity: 1_000, refillPerSecond: 1_000 },
      scopes: ['read', 'write'],
    })
    const [disabled, expired, wide] = [
      await newKey({ state: 'disabled' }),
      await newKey({ expiresAt: 1 }),
      await newKey(),
    ]
    const denied = async (method: string, target: string, json?: unknown) => {
      const { status, text } = await ask(leaked, method, target, json)
      const { code, details } = JSON.parse(text).error ?? {}
      return { status, code, ...(details !== undefined && { details }) }
    }
    const mint = (json: object) => denied('POST', KEYS, { name: 'x', public_key: newPublicKey(), ...json })
    expect(await mint({ expires_at: expiresAt + 1 })).toMatchObject({
      status: 403,
      code: 'powers_exceeded',
      details: 'expires_at',
    })
    expect(await mint({ ip_allowlist: ['127.0.0.0/7'] })).toMatchObject({ status: 400 })
    expect(await mint({ ip_allowlist: ['126.0.0.0/7'] })).toMatchObject({
      status: 403,
      code: 'powers_exceeded',
      details: 'ip_allowlist',
    })
    expect(await mint({ ip_allowlist: ['127.0.0.1', '::/0'] })).toMatchObject({
      status: 403,
      code: 'powers_exceeded',
      details: 'ip_allowlist',
    })
    expect(await mint({ minimum_profile: 'access-headers' })).toMatchObject({
      status: 403,
      code: 'powers_exceeded',
      details: 'minimum_profile',
    })
    expect(await mint({ bucket: { bucket_capacity: 1, refill_rate: 1 } })).toMatchObject({
      status: 403,
      code: 'powers_exceeded',
      details: 'bucket',
    })
    expect(await mint({ scopes: ['admin'] })).toMatchObject({ status: 400 })
    const own = `${KEYS}/${leaked.keyId}`
    for (const json of [{ expires_at: null }, { ip_allowlist: null }, { minimum_profile: null }, { bucket: null }]) {
      expect(await denied('PATCH', own, json)).toMatchObject({ status: 403, code: 'powers_exceeded' })
    }
    expect(await denied('POST', `${KEYS}/${disabled.keyId}/enable`)).toMatchObject({
      status: 403,
      code: 'powers_exceeded',
    })
    expect(await denied('PATCH', `${KEYS}/${expired.keyId}`, { expires_at: expiresAt })).toMatchObject({ status: 403 })
    expect(await denied('POST', `${KEYS}/${wide.keyId}/rotate`, { grace_seconds: 0 })).toMatchObject({ status: 403 })
    const probes = [world.bob.keyId, randomUUID()].map((id) => denied('GET', `${KEYS}/${id}`))
    expect(await Promise.all(probes)).toEqual(Array(2).fill({ status: 404, code: 'not_found' }))
    const foreign = `${KEYS}/${world.bob.keyId}`
    for (const path of ['/disable', '/enable', '/rotation/finish', '/rotation/abort']) {
      expect(await denied('POST', foreign + path)).toMatchObject({ status: 404 })
    }
    expect(await denied('POST', `${foreign}/revoke`, { reason: 'superseded' })).toMatchObject({ status: 404 })
    expect(await denied('POST', `${foreign}/rotate`, { grace_seconds: 0 })).toMatchObject({ status: 404 })
    expect((await ask(leaked, 'GET', `${KEYS}?view=full&made_by=${world.bob.keyId}`)).status).toBe(404)
    expect(await denied('GET', `${ADMIN}/api_keys`)).toMatchObject({ status: 403, code: 'insufficient_scope' })

    const made = body(await ask(leaked, 'POST', `${KEYS}/generate`, { name: 'child', key_type: 'ed25519' }))
    const child = { ...keyHolder(made.api_key_id, made.private_key), accountId: leaked.accountId }
    const grand = body(await ask(child, 'POST', `${KEYS}/generate`, { name: 'grandchild', key_type: 'ed25519' }))
    const rotated = body(await ask(leaked, 'POST', `${own}/rotate`, { grace_seconds: 600, key_type: 'ed25519' }))
    for (const id of [made.api_key_id, grand.api_key_id, rotated.api_key_id]) {
      expect(await findApiKey(world.database.kysely, id)).toMatchObject({
        ipAllowlist: ['127.0.0.0/8'],
        minimumProfile: 'http-message-signatures',
        bucket: { capacity: 1_000, refillPerSecond: 1_000 },
        bucketOwnerId: leaked.keyId,
      })
      expect((await findApiKey(world.database.kysely, id))?.expiresAt).toBeLessThanOrEqual(expiresAt)
    }
    expect(await denied('POST', `${own}/rotation/abort`)).toMatchObject({
      status: 403,
      code: 'powers_exceeded',
      details: 'expires_at',
    })

    await ask(world.alice, 'DELETE', `${KEYS}/${made.api_key_id}`)
    const revoked = body(await ask(world.alice, 'POST', `${own}/revoke`, { reason: 'key_compromise', cascade: true }))
    expect(revoked.revoked.sort()).toEqual([leaked.keyId, grand.api_key_id, rotated.api_key_id].sort())
    const orphan = { ...keyHolder(grand.api_key_id, grand.private_key), accountId: leaked.accountId }
    expect((await ask(orphan, 'GET', `${BASE}/whoami`)).text).toContain('API_KEY_REVOKED')
    const again = await ask(world.alice, 'POST', KEYS, { name: 'again', public_key: publicPem(leaked.privateKey) })
    expect(again.text).toContain('public_key_compromised')
    const elsewhere = await ask(world.bob, 'POST', KEYS, { name: 'b', public_key: publicPem(leaked.privateKey) })
    expect(elsewhere.status).toBe(201)
  })

  describe('rotation', () => {
    test('brings a key of one’s own with a proof for exactly this rotation', async () => {
      const old = await newKey({ name: 'rotated', scopes: ['read', 'write'], metadata: { team: 'x' } })
      const pair = generateKeyPairSync('ed25519')
      const public_key = pair.publicKey.export({ type: 'spki', format: 'pem' })
      const place = `${KEYS}/${old.keyId}/rotate`
      const proof = (oldId: string, grace: number, deployment = deploymentId, purpose = 'rotate') =>
        signStatement(pair.privateKey, purpose, deployment, [
          `old_api_key_id: ${oldId}`,
          `new_fingerprint: ${fingerprint(pair.privateKey)}`,
          `grace_seconds: ${grace}`,
        ])
      const wrong = [
        undefined,
        proof(world.alice.keyId, 600),
        proof(old.keyId, 601),
        proof(old.keyId, 600, randomUUID()),
        proof(old.keyId, 600, deploymentId, 'register'),
      ]
      for (const one of wrong) {
        const { status } = await ask(old, 'POST', place, { grace_seconds: 600, public_key, proof: one })
        expect(status).toBe(400)
      }
      const made = await ask(old, 'POST', place, { grace_seconds: 600, public_key, proof: proof(old.keyId, 600) })
      expect(made.status).toBe(201)
      const fresh = { keyId: body(made).api_key_id, privateKey: pair.privateKey, accountId: old.accountId }
      expect(body(await ask(fresh, 'GET', `${KEYS}/${fresh.keyId}`))).toMatchObject({
        name: 'rotated',
        metadata: { team: 'x' },
        rotation: { role: 'new', other_api_key_id: old.keyId },
      })
      expect((await ask(old, 'POST', place, { grace_seconds: 1 })).status).toBe(409)
      const keep = await ask(world.alice, 'PATCH', `${KEYS}/${old.keyId}`, { expires_at: null })
      expect(keep.status).toBe(409)
    })

    test('shows the share of traffic on the old key, and ends early at once', async () => {
      const old = await newKey()
      const { api_key_id: freshId } = body(await rotate(old, 3_600))
      const minute = startOf(Date.now(), 'minute')
      const counted = (id: string, allowed: number) =>
        ({ subject: 'key', id, at: minute, allowed, refused: 1, limited: 0, fault: 0 }) as const
      await inTransaction(world.database, (trx) => addUsage(trx, [counted(old.keyId, 11), counted(freshId, 35)]))
      const open = body(await ask(world.alice, 'GET', `${KEYS}/${freshId}/rotation`))
      expect(open).toMatchObject({ state: 'open', traffic: { old: 12, new: 36, old_share: 0.25 } })
      expect(body(await ask(world.alice, 'POST', `${KEYS}/${old.keyId}/rotation/finish`)).state).toBe('finished')
      expect((await limits(old)).text).toContain('API_KEY_EXPIRED')
    })

    test('is taken back by a key that is not the old one: the new key stops, the old one is as it was', async () => {
      const old = await newKey()
      const made = body(await rotate(old, 3_600))
      const fresh = { ...keyHolder(made.api_key_id, made.private_key), accountId: old.accountId }
      expect((await ask(old, 'POST', `${KEYS}/${old.keyId}/rotation/abort`)).text).toContain('powers_exceeded')
      expect(body(await ask(fresh, 'POST', `${KEYS}/${old.keyId}/rotation/abort`)).state).toBe('aborted')
      expect((await limits(fresh)).text).toContain('API_KEY_REVOKED')
      expect((await findApiKey(world.database.kysely, old.keyId))?.expiresAt).toBeUndefined()
      expect((await limits(old)).status).toBe(200)
    })

    test('ends with either key; the old one gets no time back by that', async () => {
      const old = await newKey()
      const made = body(await rotate(old, 3_600))
      await ask(old, 'DELETE', `${KEYS}/${made.api_key_id}`)
      expect(body(await ask(world.alice, 'GET', `${KEYS}/${old.keyId}/rotation`)).state).toBe('finished')
      expect((await findApiKey(world.database.kysely, old.keyId))?.expiresAt).toBe(made.deadline)
    })
  })

  describe('revocation by proof of possession', () => {
    const send = (json: object) => call(world.server, 'POST', `${BASE}/revocations`, { json })
    const statement = (key: KeyObject, reason: string, deployment = deploymentId, of = key, purpose = 'revoke') => ({
      public_key: publicPem(key),
      reason,
      signature: signStatement(key, purpose, deployment, [`fingerprint: ${fingerprint(of)}`, `reason: ${reason}`]),
    })

    test('ends the key in all accounts, bars it everywhere, and can be said twice', async () => {
      const key = await newKey()
      const json = { name: 'same', public_key: publicPem(key.privateKey) }
      const twin = { ...key, keyId: body(await ask(world.bob, 'POST', KEYS, json)).api_key_id }
      const proof = statement(key.privateKey, 'key_compromise')
      expect(body(await send(proof))).toEqual({ status: 'revoked' })
      expect((await limits(key)).text).toContain('API_KEY_REVOKED')
      expect((await limits(twin)).text).toContain('API_KEY_REVOKED')
      expect(body(await send(proof))).toEqual({ status: 'already_revoked' })
      const carol = await givenKey(world.database, await givenCustomer(world.database, 'Carol'))
      expect((await ask(carol, 'POST', KEYS, json)).text).toContain('public_key_compromised')
    })

    test('counts for a deleted key too, and for one never registered nothing is stored', async () => {
      const key = await newKey()
      await ask(world.alice, 'DELETE', `${KEYS}/${key.keyId}`)
      expect(body(await send(statement(key.privateKey, 'superseded')))).toEqual({ status: 'revoked' })
      const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
      const before = await stored()
      expect(body(await send(statement(stranger, 'superseded')))).toEqual({ status: 'unknown' })
      expect(await stored()).toEqual(before)
    })

    test('fails for another deployment, key, reason or purpose', async () => {
      const key = await newKey()
      const right = statement(key.privateKey, 'superseded')
      const wrong = [
        statement(key.privateKey, 'superseded', randomUUID()),
        statement(key.privateKey, 'superseded', deploymentId, world.alice.privateKey),
        { ...right, public_key: publicPem(world.alice.privateKey) },
        { ...right, reason: 'unspecified' },
        statement(key.privateKey, 'superseded', deploymentId, key.privateKey, 'register'),
        statement(key.privateKey, 'bored'),
      ]
      for (const json of wrong) expect((await send(json)).text).toContain('invalid_parameter')
      expect((await limits(key)).status).toBe(200)
    })

    async function stored(): Promise<unknown> {
      const burned = await world.database.kysely.selectFrom('burned_fingerprints').selectAll().execute()
      return [burned, (await readAuditChain(world.database.kysely, 0, 100_000)).length]
    }
  })

  function rotate(as: GivenKey, graceSeconds: number): Promise<Answer> {
    return ask(as, 'POST', `${KEYS}/${as.keyId}/rotate`, { grace_seconds: graceSeconds, key_type: 'ed25519' })
  }
})

describe.each(DIALECTS)('a rotation on a clock that the test moves (%s)', (dialect) => {
  let world: World
  let nowMs = Math.floor(Date.now() / 1_000) * 1_000
  beforeAll(async () => {
    world = await startWorld(dialect, { now: () => nowMs })
  })
  afterAll(() => world?.close())

  test('takes both keys until the deadline, and the old one not a millisecond longer', async () => {
    const old = await givenKey(world.database, world.alice.accountId)
    const target = `${KEYS}/${old.keyId}/rotate`
    const started = await callSigned(world.server, old, 'POST', target, {
      json: { grace_seconds: 3_600, key_type: 'ed25519' },
      parameters: { created: nowMs / 1_000 },
    })
    const made = body(started)
    expect([started.status, made.deadline]).toEqual([201, nowMs + HOUR_MS])
    const fresh = keyHolder(made.api_key_id, made.private_key)
    const asked = async (timeMs: number) => {
      nowMs = timeMs
      const path = `${BASE}/account/limits`
      const answers = [old, fresh].map((as) =>
        call(world.server, 'GET', path, { headers: accessHeaders(as, 'GET', path, timeMs) }),
      )
      return (await Promise.all(answers)).map(({ status, text }) =>
        status === 200 ? 200 : JSON.parse(text).error.details,
      )
    }
    expect(await asked(made.deadline - 1)).toEqual([200, 200])
    expect(await asked(made.deadline)).toEqual(['API_KEY_EXPIRED', 200])
  })
})

function body(answer: Answer) {
  return JSON.parse(answer.text)
}

function ids(page: { readonly api_keys: readonly { readonly api_key_id: string }[] }): string[] {
  return page.api_keys.map(({ api_key_id }) => api_key_id)
}

function keyIds(keys: readonly GivenKey[]): string[] {
  return keys.map(({ keyId }) => keyId)
}

function publicPem(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
}

function fingerprint(key: KeyObject): string {
  return createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest('base64url')
}

/** A statement, written from docs/wire.md section 7 alone: nothing here is shared with the server. */
function signStatement(key: KeyObject, purpose: string, deployment: string, lines: readonly string[]): string {
  const text = Buffer.from([`countersign/${purpose}/v1`, deployment, ...lines].join('\n'))
  if (key.asymmetricKeyType === 'ed25519') return sign(null, text, key).toString('base64')
  return sign('sha256', text, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }).toString('base64')
}

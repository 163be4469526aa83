import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { checkEvent } from '@countersign/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAuditChain } from '../packages/server/src/storage/audit-events.ts'
import { findApiKey } from '../packages/server/src/storage/find-api-keys.ts'
import { messageHeaders } from './message-signatures/support/message-headers.ts'
import { callSigned, startMessageWorld } from './message-signatures/support/message-world.ts'
import { type Answer, call } from './support/call.ts'
import { type GivenKey, givenCustomer, givenKey, givenOperator, newPublicKey } from './support/given-key.ts'
import { DIALECTS } from './support/running-server.ts'
import { tradeCode } from './support/sign-in.ts'
import type { World } from './support/world.ts'

const BASE = '/trade-api/v2'
const KEYS = `${BASE}/api_keys`
const ADMIN = '/admin/v1'

describe.each(DIALECTS)('attacks on the control plane (%s)', (dialect) => {
  let world: World
  let operator: GivenKey
  beforeAll(async () => {
    world = await startMessageWorld(dialect, { maxKeysPerAccount: 4, ownPublicKeyTier: 'prime' })
    operator = await givenOperator(world.database)
  })
  afterAll(() => world?.close())

  const ask = (as: GivenKey, method: string, target: string, json?: unknown) =>
    callSigned(world.server, as, method, target, { json })
  const customer = async () => givenKey(world.database, await givenCustomer(world.database, 'Carol'))
  const stateOf = async (keyId: string) => (await findApiKey(world.database.kysely, keyId))?.state

  test('a query that says an unknown word twice is refused, whatever the word is elsewhere', async () => {
    for (const [as, target] of [
      [operator, `${ADMIN}/api_keys`],
      [operator, `${ADMIN}/accounts`],
      [operator, `${ADMIN}/audit_events`],
      [operator, `${ADMIN}/usage`],
      [world.alice, `${BASE}/account/audit_events`],
      [world.alice, `${KEYS}?view=full`],
    ] as const) {
      for (const word of ['what', 'external_id', '__proto__']) {
        const query = `${target.includes('?') ? '&' : '?'}${word}=1&${word}=2`
        const { status } = await ask(as, 'GET', target + query)
        expect([target, word, status]).toEqual([target, word, 400])
      }
    }
  })

  test('a rotation brings no public key of its own where the tier may not register one', async () => {
    const accountId = await givenCustomer(world.database, 'Small')
    await world.database.kysely.updateTable('accounts').set({ tier: 'basic' }).where('id', '=', accountId).execute()
    const key = await givenKey(world.database, accountId)
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const registered = await ask(key, 'POST', KEYS, { name: 'own', public_key: newPublicKey() })
    expect([registered.status, body(registered).error.code]).toEqual([403, 'insufficient_usage_tier'])
    const rotated = await ask(key, 'POST', `${KEYS}/${key.keyId}/rotate`, {
      grace_seconds: 60,
      public_key: publicKey.export({ type: 'spki', format: 'pem' }),
      proof: await rotationProof(key.keyId, publicKey, privateKey, 60),
    })
    expect([rotated.status, body(rotated).error?.code]).toEqual([403, 'insufficient_usage_tier'])
  })

  test('expired keys that are given time again count against the limit', async () => {
    const key = await customer()
    const expired = await givenKey(world.database, key.accountId, { expiresAt: Date.now() - 1 })
    for (let i = 0; i < 3; i++) await givenKey(world.database, key.accountId)
    const revived = await ask(key, 'PATCH', `${KEYS}/${expired.keyId}`, { expires_at: null })
    expect([revived.status, body(revived).error?.code]).toEqual([400, 'api_key_limit_reached'])
    const renamed = await ask(key, 'PATCH', `${KEYS}/${expired.keyId}`, { name: 'still expired' })
    expect(renamed.status).toBe(200)
  })

  test('a cascade ends the links that the key made, and the session of whoever was using one', async () => {
    const { accountId } = world.alice
    const cascade = { reason: 'key_compromise', cascade: true }
    async function makerOfLink() {
      const maker = await givenKey(world.database, operator.accountId, { scopes: ['admin', 'read', 'write'] })
      const { url } = body(await ask(maker, 'POST', `${ADMIN}/links`, { account_id: accountId, access: 'read_write' }))
      return { code: url.split('#')[1], revoke: `${ADMIN}/api_keys/${maker.keyId}/revoke` }
    }
    const unused = await makerOfLink()
    expect((await ask(operator, 'POST', unused.revoke, cascade)).status).toBe(200)
    const told = body(await ask(world.alice, 'GET', `${BASE}/account/audit_events?action=link`)).events
    expect(told.map((event: { action: string }) => event.action)).toEqual(['link.ended', 'link.created'])
    const json = { code_sha256: createHash('sha256').update(unused.code).digest('base64url') }
    expect(body(await call(world.server, 'POST', `${BASE}/links/preview`, { json })).status).toBe('expired')

    for (let round = 0; round < 6; round++) {
      const { code, revoke } = await makerOfLink()
      const [{ answer }, revoked] = await Promise.all([
        tradeCode(world.server, code),
        ask(operator, 'POST', revoke, cascade),
      ])
      expect(revoked.status).toBe(200)
      const { session_id } = body(answer)
      expect(session_id === undefined ? answer.status : await stateOf(session_id)).toBeOneOf([404, 410, 'revoked'])
    }
  })

  test('a leaked key that deletes itself does not save what it made', async () => {
    const owner = await customer()
    const leaked = await givenKey(world.database, owner.accountId)
    const made = body(await ask(leaked, 'POST', `${KEYS}/generate`, { name: 'made', key_type: 'ed25519' })).api_key_id
    expect((await ask(leaked, 'DELETE', `${KEYS}/${leaked.keyId}`)).status).toBe(204)
    const revoke = { reason: 'key_compromise', cascade: true }
    expect((await ask(world.bob, 'POST', `${KEYS}/${leaked.keyId}/revoke`, revoke)).status).toBe(404)
    expect(await stateOf(made)).toBe('active')
    const revoked = await ask(owner, 'POST', `${KEYS}/${leaked.keyId}/revoke`, revoke)
    expect([revoked.status, body(revoked)]).toEqual([200, { revoked: [made] }])
    expect(await stateOf(made)).toBe('revoked')
  })

  test('holders are not told which of the provider’s keys made theirs', async () => {
    const key = await customer()
    const place = `${ADMIN}/accounts/${key.accountId}`
    await ask(operator, 'POST', `${place}/api_keys/generate`, { name: 'made', key_type: 'ed25519' })
    const link = body(await ask(operator, 'POST', `${ADMIN}/links`, { account_id: key.accountId, access: 'read' }))
    expect((await tradeCode(world.server, link.url.split('#')[1])).answer.status).toBe(201)
    const told = await ask(key, 'GET', `${BASE}/account/audit_events`)
    expect(body(told).events).toHaveLength(3)
    expect(told.text).not.toContain(operator.keyId)
    expect((await ask(operator, 'GET', `${ADMIN}/audit_events?account_id=${key.accountId}`)).text).toContain(
      operator.keyId,
    )
  })

  test('of two calls that give one external id at once, one is told that it is taken', async () => {
    const other = await givenOperator(world.database)
    for (let round = 0; round < 20; round++) {
      const external_id = `race-${randomUUID()}`
      const place = `${ADMIN}/accounts/${world.alice.accountId}`
      const answers = await Promise.all([
        ask(operator, 'PATCH', place, { external_id }),
        ask(other, 'POST', `${ADMIN}/accounts`, { name: 'Race', external_id }),
      ])
      expect(answers.map(({ status }) => status).filter((status) => status !== 409)).toHaveLength(1)
      expect(answers.filter(({ status }) => status >= 500)).toEqual([])
    }
  })

  test('notes of any name are kept as they are, and a name that is refused comes back shortened', async () => {
    const key = await customer()
    const notes = '{"__proto__":"a","constructor":"b","toString":"c"}'
    const answer = await callRaw(key, `{"metadata":${notes}}`)
    expect([answer.status, JSON.stringify(body(answer).metadata)]).toEqual([200, notes])
    const [event, ...others] = (await readAuditChain(world.database.kysely, 0, 1_000)).reverse()
    expect(event && (await checkEvent(event, { seq: others.length }))).toBeUndefined()
    expect(JSON.stringify(event?.after)).toContain(notes)
    const long = await ask(key, 'PATCH', `${KEYS}/${key.keyId}`, { metadata: { ['n'.repeat(60_000)]: 1 } })
    expect([long.status, long.text.length < 1_000]).toEqual([400, true])
  })

  test('a link is made for a host that there can be, or not at all', async () => {
    const target = `${ADMIN}/links`
    const json = { account_id: world.bob.accountId, access: 'read' }
    const links = async () => (await world.database.kysely.selectFrom('links').select('id').execute()).length
    const before = await links()
    const text = JSON.stringify(json)
    const authority = '127.0.0.1:99999'
    const headers = messageHeaders(operator, { method: 'POST', target, authority, body: text })
    const answer = await call(world.server, 'POST', target, {
      headers: { ...headers, host: authority, 'content-type': 'application/json' },
      body: text,
    })
    expect([answer.status, await links()]).toEqual([400, before])
  })

  test('no bucket takes room for years: each fills within a day', async () => {
    const key = await customer()
    const edit = (bucket: object) => ask(key, 'PATCH', `${KEYS}/${key.keyId}`, { bucket })
    expect((await edit({ bucket_capacity: 1_000_000_000, refill_rate: 1e-9 })).status).toBe(400)
    expect((await edit({ bucket_capacity: 901, refill_rate: 1 })).status).toBe(400)
    expect((await edit({ bucket_capacity: 900, refill_rate: 1 })).status).toBe(200)
  })

  test('an edit of nothing changes nothing, and an id that cannot be is refused', async () => {
    const key = await customer()
    for (const [as, target] of [
      [key, `${KEYS}/${key.keyId}`],
      [operator, `${ADMIN}/api_keys/${key.keyId}`],
      [operator, `${ADMIN}/accounts/${key.accountId}`],
    ] as const) {
      expect([target, (await ask(as, 'PATCH', target, {})).status]).toEqual([target, 200])
    }
    expect(body(await ask(key, 'GET', `${BASE}/account/audit_events`)).events).toEqual([])
    for (const account_id of ['\0', '\ud800']) {
      expect((await ask(operator, 'POST', `${ADMIN}/links`, { account_id, access: 'read' })).status).toBe(400)
    }
  })

  test('an abort tells what the new key was', async () => {
    const key = await customer()
    const { api_key_id } = body(
      await ask(key, 'POST', `${KEYS}/${key.keyId}/rotate`, { grace_seconds: 600, key_type: 'ed25519' }),
    )
    const other = await givenKey(world.database, key.accountId)
    await ask(other, 'POST', `${KEYS}/${api_key_id}/disable`)
    expect((await ask(other, 'POST', `${KEYS}/${key.keyId}/rotation/abort`)).status).toBe(200)
    const { events } = body(await ask(key, 'GET', `${BASE}/account/audit_events?action=key.revoked`))
    expect(events).toMatchObject([{ api_key_id, before: { state: 'disabled' }, after: { state: 'revoked' } }])
  })

  async function callRaw(key: GivenKey, text: string): Promise<Answer> {
    return callSigned(world.server, key, 'PATCH', `${KEYS}/${key.keyId}`, {
      json: JSON.parse(text),
    })
  }

  async function rotationProof(keyId: string, publicKey: KeyObject, privateKey: KeyObject, graceSeconds: number) {
    const { deployment_id } = JSON.parse((await call(world.server, 'GET', `${BASE}/deployment`)).text)
    const spki = publicKey.export({ type: 'spki', format: 'der' })
    const statement = [
      'countersign/rotate/v1',
      deployment_id,
      `old_api_key_id: ${keyId}`,
      `new_fingerprint: ${createHash('sha256').update(spki).digest('base64url')}`,
      `grace_seconds: ${graceSeconds}`,
    ].join('\n')
    return sign(null, Buffer.from(statement), privateKey).toString('base64')
  }
})

function body(answer: Answer) {
  return JSON.parse(answer.text)
}

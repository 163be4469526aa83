import { generateKeyPairSync } from 'node:crypto'
import type { KeyType } from '@countersign/protocol'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { generateKeyPair } from '../keypairs/generate-key-pair.ts'
import { readAuditChain } from '../storage/audit-events.ts'
import type { Actor } from './actor.ts'
import { bootstrap } from './bootstrap.ts'
import { createKey } from './create-key.ts'
import { deleteKey } from './delete-key.ts'
import { generateKey } from './generate-key.ts'

const NOW_MS = 1_800_000_000_000

describeOnEachDatabase('what the actions tell the audit log', ({ database, url }) => {
  const context = () => ({
    database: database(),
    settings: { ...DEFAULT_SETTINGS, databaseUrl: url() },
    keyChanged: () => undefined,
    bucketEnded: () => undefined,
    takeKeyPair: async (type: KeyType) => generateKeyPair(type),
    deploymentId: 'd',
    now: () => NOW_MS,
  })

  test('a generated and a registered key, and a deleted one, with who did it and no key material', async () => {
    const actor = await givenActor()
    const generated = await generateKey(context(), actor, { name: 'made', key_type: 'ed25519', scopes: ['read'] })
    const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const created = await createKey(context(), actor, { name: 'own', public_key: pem })
    if ('denied' in generated || 'denied' in created) return expect.unreachable()
    await deleteKey(context(), actor, created.apiKeyId)

    const by = { type: 'account', account_id: actor.accountId, api_key_id: actor.keyId, ip: '203.0.113.7' }
    const common = { at: NOW_MS, actor: by, account_id: actor.accountId }
    const own = { name: 'own', key_type: 'ed25519', scopes: ['read', 'write'], state: 'active', made_by: actor.keyId }
    expect(await eventsOf(actor.accountId)).toMatchObject([
      { ...common, action: 'key.created', api_key_id: generated.apiKeyId, after: { name: 'made', scopes: ['read'] } },
      { ...common, action: 'key.created', api_key_id: created.apiKeyId, after: own },
      { ...common, action: 'key.deleted', api_key_id: created.apiKeyId, before: own },
    ])
    const log = JSON.stringify(await eventsOf(actor.accountId))
    const [, keyLine = ''] = generated.privateKey.split('\n')
    expect(log).not.toContain(keyLine)
    expect(log).not.toMatch(/private|BEGIN/i)
    return undefined
  })

  test('what was refused or changed nothing is not told', async () => {
    const actor = await givenActor()
    await deleteKey(context(), actor, '6f3bebf7-eaef-42a5-8c34-ab8873c1d431')
    await deleteKey(context(), actor, (await givenActor()).keyId)
    await generateKey(context(), { ...actor, keyId: 'gone' }, { name: 'x', key_type: 'ed25519' })
    expect(await eventsOf(actor.accountId)).toEqual([])
  })

  test('a key with admin acts as an operator', async () => {
    const actor = { ...(await givenActor()), scopes: ['admin', 'read', 'write'] }
    await deleteKey(context(), actor, actor.keyId)
    expect(await eventsOf(actor.accountId)).toMatchObject([{ action: 'key.deleted', actor: { type: 'operator' } }])
  })

  test('bootstrap tells of the account and its key, once each', async () => {
    const options = { databaseUrl: url(), accountName: 'first', keyType: 'ed25519', now: () => NOW_MS } as const
    const made = await bootstrap(options)
    await bootstrap(options)
    const by = { at: NOW_MS, actor: { type: 'command' }, account_id: made.account.id }
    expect(await eventsOf(made.account.id)).toMatchObject([
      { ...by, action: 'account.created', after: { name: 'first', tier: 'basic' } },
      { ...by, action: 'key.created', api_key_id: made.apiKey.apiKeyId, after: { name: 'bootstrap' } },
      { ...by, action: 'key.created' },
    ])
  })

  async function givenActor(): Promise<Actor> {
    const { accountId, tier } = await givenAccount(database())
    const { apiKeyId: keyId, scopes } = await givenApiKey(database(), accountId)
    return { accountId, keyId, scopes, tier, profile: 'access-headers', ip: '203.0.113.7' }
  }

  async function eventsOf(accountId: string) {
    const events = await readAuditChain(database().kysely, 0, 1_000)
    return events.filter((event) => event.account_id === accountId)
  }
})

import type { KeyType } from '@countersign/protocol'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { generateKeyPair } from '../keypairs/generate-key-pair.ts'
import { generateKey } from './generate-key.ts'

describeOnEachDatabase('a key that an operator makes', ({ database, url }) => {
  const context = () => ({
    database: database(),
    settings: { ...DEFAULT_SETTINGS, databaseUrl: url() },
    keyChanged: () => undefined,
    bucketEnded: () => undefined,
    takeKeyPair: async (type: KeyType) => generateKeyPair(type),
    deploymentId: 'd',
    now: () => 1_800_000_000_000,
  })

  test('for operators of another account cannot share a bucket, because each account has buckets of its own', async () => {
    const scopes = ['read', 'write', 'admin']
    const [own, other] = [
      await givenAccount(database(), { isOperator: true }),
      await givenAccount(database(), { isOperator: true }),
    ]
    const { accountId, tier } = own
    const { apiKeyId: keyId } = await givenApiKey(database(), accountId, {
      scopes,
      bucket: { capacity: 10, refillPerSecond: 1 },
    })
    const actor = { accountId, keyId, scopes, tier, profile: 'http-message-signatures', ip: '203.0.113.7' } as const
    const make = (of: string) =>
      generateKey(context(), actor, { name: 'n', key_type: 'ed25519' }, { accountId: of, reach: 'all' })
    expect(await make(other.accountId)).toMatchObject({ denied: 'powers_exceeded', details: 'bucket' })
    expect(await make(accountId)).toMatchObject({ keyType: 'ed25519' })
  })
})

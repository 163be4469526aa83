import type { KeyType } from '@countersign/protocol'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { generateKeyPair } from '../keypairs/generate-key-pair.ts'
import type { KeyBucketId } from '../storage/unused-buckets.ts'
import type { Actor } from './actor.ts'
import { deleteKey } from './delete-key.ts'
import { revokeKey } from './revoke-key.ts'

const NOW_MS = 1_800_000_000_000
const bucket = { capacity: 10, refillPerSecond: 1 }

describeOnEachDatabase('the own bucket of a key that ends', ({ database, url }) => {
  const ended: KeyBucketId[] = []
  const context = () => ({
    database: database(),
    settings: { ...DEFAULT_SETTINGS, databaseUrl: url() },
    keyChanged: () => undefined,
    bucketEnded: (it: KeyBucketId) => void ended.push(it),
    takeKeyPair: async (type: KeyType) => generateKeyPair(type),
    deploymentId: 'd',
    cascades: { holder: 'test', keysAtOnce: 500, wake: () => undefined },
    now: () => NOW_MS,
  })

  async function givenActor(): Promise<Actor> {
    const { accountId, tier } = await givenAccount(database())
    const { apiKeyId: keyId, scopes } = await givenApiKey(database(), accountId)
    return { accountId, keyId, scopes, tier, profile: 'http-message-signatures', ip: '203.0.113.7' }
  }

  const revoke = (actor: Actor, keyId: string) => revokeKey(context(), actor, 'own', keyId, { reason: 'unspecified' })

  test.each([
    ['deleted', (actor: Actor, keyId: string) => deleteKey(context(), actor, keyId)],
    ['revoked', revoke],
  ])('is free once no key spends from it: %s', async (_, end) => {
    const actor = await givenActor()
    const { accountId } = actor
    const owner = (await givenApiKey(database(), accountId, { bucket })).apiKeyId
    const heir = (await givenApiKey(database(), accountId, { bucket, bucketOwnerId: owner })).apiKeyId
    const disabled = await givenApiKey(database(), accountId, { bucket, bucketOwnerId: owner, state: 'disabled' })
    const without = (await givenApiKey(database(), accountId)).apiKeyId
    for (const keyId of [owner, without, heir]) await end(actor, keyId)
    expect(ended.splice(0)).toEqual([])
    await end(actor, disabled.apiKeyId)
    expect(ended.splice(0)).toEqual([{ accountId, ownerId: owner }])
  })

  test('of a key that was not ended stays', async () => {
    const [actor, other] = [await givenActor(), await givenActor()]
    const { apiKeyId } = await givenApiKey(database(), actor.accountId, { bucket })
    expect(await deleteKey(context(), other, apiKeyId)).toMatchObject({ denied: 'not_found' })
    expect(await revoke(other, apiKeyId)).toMatchObject({ denied: 'not_found' })
    expect(ended).toEqual([])
  })
})

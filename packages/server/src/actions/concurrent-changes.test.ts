import { generateKeyPairSync, randomUUID } from 'node:crypto'
import {
  fingerprintOf,
  importSigningKey,
  type PublicKey,
  parsePrivateKey,
  parsePublicKey,
  signStatement,
} from '@countersign/protocol'
import { beforeAll, expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import type { Database } from '../storage/database.ts'
import { findApiKeysByFingerprint, listApiKeys } from '../storage/find-api-keys.ts'
import type { Actor } from './actor.ts'
import { NO_CACHES } from './change-keys.ts'
import { createAccount } from './create-account.ts'
import { deleteKey } from './delete-key.ts'
import { type IssueOptions, issueKey } from './issue-key.ts'
import { revokeByProof } from './revoke-by-proof.ts'
import { rotateKey } from './rotate-key.ts'
import { updateAccount } from './update-account.ts'

const LIMIT = 5
const DEPLOYMENT = 'd'

/** Two pools of connections stand for two nodes: nothing in memory keeps their changes apart. */
describeOnEachDatabase('changes of two nodes at once', (on) => {
  let nodes: readonly Database[]
  beforeAll(async () => {
    nodes = [on.database(), await on.connect()]
  })

  const context = (nth: number): Parameters<typeof rotateKey>[0] & Parameters<typeof issueKey>[0] =>
    ({
      ...NO_CACHES,
      database: nodes[nth % 2],
      settings: { ...DEFAULT_SETTINGS, databaseUrl: on.url(), maxKeysPerAccount: LIMIT },
      deploymentId: DEPLOYMENT,
      now: Date.now,
    }) as never

  async function givenActor(isOperator: boolean): Promise<Actor> {
    const { accountId, tier } = await givenAccount(on.database(), { isOperator: isOperator || undefined })
    const scopes = isOperator ? ['admin', 'read', 'write'] : ['read', 'write']
    const { apiKeyId: keyId } = await givenApiKey(on.database(), accountId, { scopes })
    return { accountId, keyId, scopes, tier, profile: 'http-message-signatures', ip: '203.0.113.7' }
  }

  const issue = (nth: number, actor: Actor, publicKey: PublicKey, options: Partial<IssueOptions> = {}) =>
    issueKey(context(nth), actor, { name: 'bot', scopes: ['read'] }, publicKey, {
      accountId: actor.accountId,
      reach: 'own',
      ...options,
    })

  test('an account never has more keys than it may', async () => {
    const actor = await givenActor(false)
    const made = await Promise.all(Array.from({ length: 12 }, (_, nth) => issue(nth, actor, makeKey().publicKey)))
    expect(made.filter((it) => 'apiKeyId' in it)).toHaveLength(LIMIT - 1)
    expect(await listApiKeys(on.database().kysely, actor.accountId)).toHaveLength(LIMIT)
  })

  test('one public key is registered once in an account', async () => {
    const actor = await givenActor(false)
    const { publicKey } = makeKey()
    const made = await Promise.all(Array.from({ length: 6 }, (_, nth) => issue(nth, actor, publicKey)))
    expect(made.filter((it) => 'apiKeyId' in it)).toHaveLength(1)
    expect(made.filter((it) => 'denied' in it && it.denied === 'public_key_already_registered')).toHaveLength(5)
  })

  test('a public key that is burned while accounts register it works in none of them', async () => {
    for (let round = 0; round < 4; round++) {
      const actors = await Promise.all(Array.from({ length: 5 }, () => givenActor(false)))
      const { publicKey, pem, fingerprint, signing } = makeKey()
      await issue(0, actors[0] as Actor, publicKey)
      const statement = {
        purpose: 'revoke',
        deploymentId: DEPLOYMENT,
        fields: { fingerprint: await fingerprint, reason: 'key_compromise' },
      } as const
      const signature = await signStatement(statement, await importSigningKey(signing))
      const burning = { public_key: pem, reason: 'key_compromise', signature } as const
      const [, status] = await Promise.all([
        Promise.all(actors.slice(1).map((actor, nth) => issue(nth, actor, publicKey))),
        revokeByProof(context(round), burning, '203.0.113.7'),
      ])
      expect(status).toBe('revoked')
      const keys = await findApiKeysByFingerprint(on.database().kysely, await fingerprint)
      expect(keys.filter(({ state }) => state !== 'revoked')).toEqual([])
      expect(await issue(0, actors[1] as Actor, publicKey)).toMatchObject({ denied: 'public_key_compromised' })
    }
  })

  test("a call of an operator that is repeated at once makes one key, also of different customers'", async () => {
    const operator = await givenActor(true)
    const customers = await Promise.all(Array.from({ length: 4 }, () => givenAccount(on.database())))
    const call = { keyId: operator.keyId, idempotencyKey: randomUUID(), requestDigest: 'digest' }
    const made = await Promise.all(
      customers.map(({ accountId }, nth) =>
        issue(nth, operator, makeKey().publicKey, { accountId, reach: 'all', call }),
      ),
    )
    const [first] = made.flatMap((it) => ('apiKeyId' in it ? it.apiKeyId : []))
    expect(made.filter((it) => 'apiKeyId' in it)).toHaveLength(1)
    expect(made.filter((it) => 'denied' in it && it.denied === 'already_made' && it.details === first)).toHaveLength(3)
  })

  test('a key makes no other key after its deletion was acknowledged', async () => {
    const operator = await givenActor(true)
    const customer = await givenAccount(on.database())
    let isDeleted = false
    const late: unknown[] = []
    const makers = Array.from({ length: 4 }, async (_, nth) => {
      for (let each = 0; each < 4; each++) {
        const startsLate = isDeleted
        const made = await issue(nth, operator, makeKey().publicKey, { accountId: customer.accountId, reach: 'all' })
        if (startsLate && 'apiKeyId' in made) late.push(made)
      }
    })
    await deleteKey(context(1), operator, operator.keyId)
    isDeleted = true
    const then = await listApiKeys(on.database().kysely, customer.accountId)
    await Promise.all(makers)
    expect(late).toEqual([])
    expect(await listApiKeys(on.database().kysely, customer.accountId)).toHaveLength(then.length)
  })

  test('a key is rotated once, or deleted and not rotated', async () => {
    const actor = await givenActor(false)
    const { apiKeyId } = await givenApiKey(on.database(), actor.accountId)
    const rotate = async (nth: number) => {
      const { pem, fingerprint, signing } = makeKey()
      const fields = { old_api_key_id: apiKeyId, new_fingerprint: await fingerprint, grace_seconds: '60' }
      const statement = { purpose: 'rotate', deploymentId: DEPLOYMENT, fields } as const
      const proof = await signStatement(statement, await importSigningKey(signing))
      return rotateKey(context(nth), actor, apiKeyId, { grace_seconds: 60, public_key: pem, proof })
    }
    const [deleted, ...rotated] = await Promise.all([
      deleteKey(context(0), actor, apiKeyId),
      ...Array.from({ length: 4 }, (_, nth) => rotate(nth)),
    ])
    expect(deleted).toBeUndefined()
    const started = rotated.filter((it) => 'rotation' in it)
    expect(started.length).toBeLessThan(2)
    expect(await listApiKeys(on.database().kysely, actor.accountId)).toHaveLength(1 + started.length)
  })

  test('two accounts never get one external id', async () => {
    const operator = await givenActor(true)
    const customers = await Promise.all(Array.from({ length: 3 }, () => givenAccount(on.database())))
    const externalId = randomUUID()
    const outcomes = await Promise.all([
      ...customers.map(({ accountId }, nth) =>
        updateAccount(context(nth), operator, accountId, { external_id: externalId }),
      ),
      ...Array.from({ length: 3 }, (_, nth) =>
        createAccount(context(nth), operator, { name: 'Ada', external_id: externalId }),
      ),
    ])
    const denied = outcomes.filter((it) => it && 'denied' in it)
    expect(denied.map((it) => it && 'denied' in it && it.denied)).toEqual(Array(5).fill('external_id_taken'))
  })
})

function makeKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const parsed = parsePublicKey(pem)
  if ('problem' in parsed) throw new Error(parsed.problem)
  const signing = parsePrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  if ('problem' in signing) throw new Error('no private key')
  return { publicKey: parsed, pem, signing, fingerprint: fingerprintOf(parsed) }
}

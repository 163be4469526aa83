import { generateKeyPairSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { AccountApi, ApiKeysApi, Configuration } from 'kalshi-typescript'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bootstrapKey } from './support/key-holder.ts'
import { useNodes } from './support/nodes/use-nodes.ts'
import { DIALECTS, type Dialect, startTestServer, type TestServer } from './support/running-server.ts'

type Axios = NonNullable<ConstructorParameters<typeof ApiKeysApi>[2]>

// The client hangs its signing on the axios instance that it is given, so each key needs one of its own. It is the
// client's own axios, not another version of it.
const axios: { create(): Axios } = createRequire(import.meta.resolve('kalshi-typescript'))('axios')

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

type Called = Pick<TestServer, 'url' | 'databaseUrl'>

const CALLED = [
  ...DIALECTS.map((dialect) => [dialect, () => useServer(dialect)] as const),
  ['three nodes in turn', useBalanced] as const,
]

describe.each(CALLED)('kalshi-typescript with nothing changed but its base path (%s)', (_, use) => {
  const called = use()
  let server: Called
  let holder: ReturnType<typeof clientOf>
  let bootstrapKeyId: string

  beforeEach(async () => {
    if (holder) return
    server = called()
    const { keyId, pem } = await bootstrapKey(server.databaseUrl, 'official', 'rsa', 'basic')
    bootstrapKeyId = keyId
    holder = clientOf(server, keyId, pem)
  })

  test('lists the keys of the account', async () => {
    const { status, data } = await holder.keys.getApiKeys()

    expect(status).toBe(200)
    expect(data).toEqual({
      api_keys: [{ api_key_id: bootstrapKeyId, name: 'bootstrap', scopes: ['read', 'write'] }],
    })
  })

  test('generates a key, uses it, deletes it, and is refused with it', async () => {
    const { status, data } = await holder.keys.generateApiKey({ name: 'generated' })
    expect(status).toBe(201)
    expect(data.api_key_id).toMatch(UUID_V4)
    expect(data.private_key).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]+-----END RSA PRIVATE KEY-----\n$/)

    const generated = clientOf(server, data.api_key_id, data.private_key)
    expect(await idsSeenBy(generated)).toEqual([bootstrapKeyId, data.api_key_id])

    const deleted = await holder.keys.deleteApiKey(data.api_key_id)
    expect(deleted.status).toBe(204)
    await expect(generated.keys.getApiKeys()).rejects.toMatchObject(NOT_FOUND)
    expect(await idsSeenBy(holder)).toEqual([bootstrapKeyId])
  })

  test('registers its own public key, uses the private key, lets the key delete itself', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const { status, data } = await holder.keys.createApiKey({
      name: 'own',
      public_key: publicKey,
      scopes: ['read', 'write'],
    })
    expect(status).toBe(201)
    expect(data).toEqual({ api_key_id: expect.stringMatching(UUID_V4) })

    const own = clientOf(server, data.api_key_id, privateKey)
    expect(await idsSeenBy(own)).toEqual([bootstrapKeyId, data.api_key_id])

    expect((await own.keys.deleteApiKey(data.api_key_id)).status).toBe(204)
    await expect(own.keys.getApiKeys()).rejects.toMatchObject(NOT_FOUND)
  })

  test('binds a key to scopes and a sub-account, as its list says', async () => {
    const { data } = await holder.keys.generateApiKey({
      name: 'narrow',
      scopes: ['read', 'write::trade'],
      subaccount: 7,
    })
    const listed = (await holder.keys.getApiKeys()).data.api_keys.find((key) => key.api_key_id === data.api_key_id)
    expect(listed).toEqual({
      api_key_id: data.api_key_id,
      name: 'narrow',
      scopes: ['read', 'write::trade'],
      subaccount: 7,
    })
    await holder.keys.deleteApiKey(data.api_key_id)
  })

  test('generates an Ed25519 key where it is asked for one: a field that this client has no name for', async () => {
    const { data } = await holder.keys.generateApiKey({ name: 'small', ...{ key_type: 'ed25519' } })
    expect(data.private_key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    await holder.keys.deleteApiKey(data.api_key_id)
  })

  test('reads the limits of the account and the costs of endpoints', async () => {
    expect((await holder.account.getAccountApiLimits()).data).toEqual({
      usage_tier: 'basic',
      read: { refill_rate: 200, bucket_capacity: 600 },
      write: { refill_rate: 100, bucket_capacity: 100 },
      grants: [],
    })
    expect((await holder.account.getAccountEndpointCosts()).data).toEqual({ default_cost: 10, endpoint_costs: [] })
  })

  test('is refused for the FCM list: no account is a member', async () => {
    await expect(holder.keys.getApiKeys('user_sub')).rejects.toMatchObject({
      response: { status: 403, data: { error: { code: 'fcm_membership_required' } } },
    })
  })
})

const NOT_FOUND = {
  response: {
    status: 401,
    data: { error: { code: 'authentication_error', message: 'authentication_error', details: 'NOT_FOUND' } },
  },
}

/** One server for all tests. */
function useServer(dialect: Dialect): () => Called {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(dialect)
  })
  afterAll(() => server?.close())
  return () => server
}

function useBalanced(): () => Called {
  const nodes = useNodes()
  return () => ({ url: `http://127.0.0.1:${nodes().port}`, databaseUrl: nodes().databaseUrl })
}

function clientOf({ url }: Called, apiKey: string, privateKeyPem: string) {
  const configuration = new Configuration({ apiKey, privateKeyPem, basePath: `${url}/trade-api/v2` })
  return {
    keys: new ApiKeysApi(configuration, undefined, axios.create()),
    account: new AccountApi(configuration, undefined, axios.create()),
  }
}

async function idsSeenBy({ keys }: ReturnType<typeof clientOf>): Promise<string[]> {
  const { data } = await keys.getApiKeys()
  return data.api_keys.map((key) => key.api_key_id)
}

import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignedFetch } from '@countersign/client'
import { type KeyRecord, parseNetwork } from '@countersign/gate'
import { createRemoteKeySource, type RemoteKeySource } from '@countersign/gate/remote'
import { importVerifyingKey, parseSpki } from '@countersign/protocol'
import { bootstrap } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { keySourceContract } from '../packages/gate/test/key-source-contract.ts'
import { setAccountSuspended } from '../packages/server/src/storage/accounts.ts'
import { deleteApiKey, setApiKeyState } from '../packages/server/src/storage/change-api-keys.ts'
import { type Database, openDatabase } from '../packages/server/src/storage/database.ts'
import { inTransaction } from '../packages/server/src/storage/transaction.ts'
import { givenAccount } from '../packages/server/test/records.ts'
import { eventually } from './support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from './support/given-key.ts'
import { accessHeaders, bootstrapKey } from './support/key-holder.ts'
import { type GateKey, givenGateKey } from './support/remote-gate.ts'
import { DIALECTS, startTestServer, type TestServer } from './support/running-server.ts'

const CHANGES = '/gate/v1/changes'
const SOON_MS = 20_000

describe.each(DIALECTS)('keys from the control plane (%s)', (dialect) => {
  let server: TestServer
  let database: Database
  let gateKey: GateKey
  let source: RemoteKeySource

  beforeAll(async () => {
    server = await startTestServer(dialect)
    database = await openDatabase(server.databaseUrl)
    gateKey = await givenGateKey(database)
    source = createRemoteKeySource({ url: server.url, ...gateKey })
  })
  afterAll(async () => {
    await source?.close()
    await database?.close()
    await server?.close()
  })

  keySourceContract(async () => {
    const { accountId } = await givenAccount(database, { tier: 'advanced', externalId: `crm ${Math.random()}` })
    return {
      keys: source,
      async put(record) {
        if (await isStored(record.keyId)) await change(record)
        else await store(record)
        await eventually(SOON_MS, async () => stateOf(await source.find(record.keyId)) === record.state)
      },
      async remove({ keyId }) {
        await inTransaction(database, (trx) => deleteApiKey(trx, accountId, keyId, Date.now()))
        await eventually(SOON_MS, async () => (await source.find(keyId)) === undefined)
      },
      newRecord: () => newRecord(accountId),
    }
  })

  async function newRecord(accountId: string): Promise<KeyRecord> {
    const spki = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' })
    const publicKey = parseSpki(new Uint8Array(spki))
    if ('problem' in publicKey) throw new Error(publicKey.message)
    const account = await database.kysely
      .selectFrom('accounts')
      .select(['external_id', 'tier'])
      .where('id', '=', accountId)
      .executeTakeFirstOrThrow()
    return {
      keyId: crypto.randomUUID(),
      accountId,
      externalId: String(account.external_id),
      key: await importVerifyingKey(publicKey),
      scopes: ['read', 'write::trade'],
      subaccount: 0,
      state: 'active',
      expiresAtMs: Date.now() + 3_600_000,
      accountSuspended: false,
      tier: account.tier,
      bucket: { capacity: 20, refillPerSecond: 0.5 },
      bucketOwnerId: crypto.randomUUID(),
      minimumProfile: 'http-message-signatures',
      ipAllowlist: ['203.0.113.7/32', '2001:db8::/32', '0.0.0.0/0'].map((text) => {
        const network = parseNetwork(text)
        if ('problem' in network) throw new Error(network.problem)
        return network
      }),
    }
  }

  async function store(record: KeyRecord): Promise<void> {
    const { keyId: apiKeyId, accountId, key, scopes, subaccount, expiresAtMs, minimumProfile, bucket } = record
    const { bucketOwnerId } = record
    await givenKey(database, accountId, {
      apiKeyId,
      publicKey: key.spki,
      fingerprint: apiKeyId,
      scopes,
      ...(subaccount !== undefined && { subaccount }),
      ...(expiresAtMs !== undefined && { expiresAt: expiresAtMs }),
      ...(minimumProfile !== undefined && { minimumProfile }),
      ...(bucket !== undefined && { bucket }),
      ...(bucketOwnerId !== undefined && { bucketOwnerId }),
      ipAllowlist: ['203.0.113.7', '2001:db8::/32', '0.0.0.0/0'],
    })
  }

  async function isStored(keyId: string): Promise<boolean> {
    const rows = await database.kysely.selectFrom('api_keys').select('id').where('id', '=', keyId).execute()
    return rows.length > 0
  }

  async function change({ keyId, accountId, state }: KeyRecord): Promise<void> {
    if (state === 'revoked') throw new Error('not here')
    await inTransaction(database, (trx) => setApiKeyState(trx, accountId, keyId, { state }, Date.now()))
  }
})

function stateOf(found: KeyRecord | undefined | 'unavailable'): string | undefined {
  return typeof found === 'object' ? found.state : found
}

describe('the scope gate', () => {
  let server: TestServer
  let database: Database
  let gateKey: GateKey
  let customer: GivenKey

  beforeAll(async () => {
    server = await startTestServer('sqlite')
    database = await openDatabase(server.databaseUrl)
    gateKey = await givenGateKey(database)
    customer = await givenKey(database, await givenCustomer(database, 'Alice'))
  })
  afterAll(async () => {
    await database?.close()
    await server?.close()
  })

  const asGate = (path: string, init?: RequestInit) =>
    createSignedFetch({ ...gateKey, baseUrl: server.url })(path, init)
  const asCustomer = (path: string, options: { profile?: 'access-headers' } = {}) =>
    createSignedFetch({ ...customer, ...options, baseUrl: server.url })(path)

  test('reads a key of any account, past all token buckets, and no private matter', async () => {
    const place = `/gate/v1/keys/${customer.keyId}`
    const answers = await Promise.all(Array.from({ length: 30 }, () => asGate(place)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(answers[0]?.headers.get('cache-control')).toBe('no-store')
    expect(await answers[0]?.json()).toEqual({
      api_key_id: customer.keyId,
      account_id: customer.accountId,
      public_key: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----/),
      scopes: ['read', 'write'],
      state: 'active',
      account_suspended: false,
      usage_tier: 'prestige',
    })
  })

  test.each(['11111111-1111-4111-8111-111111111111', 'x'])('knows no key %s', async (keyId) => {
    const response = await asGate(`/gate/v1/keys/${keyId}`)
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: { code: 'not_found', message: 'not found' } },
    ])
  })

  test.each([
    ['GET', '/trade-api/v2/api_keys'],
    ['GET', '/trade-api/v2/account/limits'],
    ['POST', '/trade-api/v2/api_keys/generate'],
  ])('allows nothing else: %s %s', async (method, path) => {
    const body = method === 'POST' ? { body: '{"name":"x"}', headers: { 'content-type': 'application/json' } } : {}
    expect((await asGate(path, { method, ...body })).status).toBe(403)
  })

  test.each([`/gate/v1/keys/${crypto.randomUUID()}`, CHANGES])('is needed for %s, with RFC 9421', async (path) => {
    const refused = await asCustomer(path)
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error: { code: 'insufficient_scope', details: 'gate' } },
    ])
    expect((await asCustomer(path, { profile: 'access-headers' })).status).toBe(401)
    expect((await fetch(server.url + path)).status).toBe(401)
    expect((await fetch(server.url + path, { method: 'HEAD' })).status).toBe(path === CHANGES ? 405 : 401)
  })

  test('is no scope that a key holder can give', async () => {
    const response = await createSignedFetch({ ...customer, baseUrl: server.url })('/trade-api/v2/api_keys/generate', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'x', key_type: 'ed25519', scopes: ['read', 'gate'] }),
    })
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'invalid_parameter' } }])
  })
})

describe('a stream of changes', () => {
  let server: TestServer
  let database: Database

  beforeAll(async () => {
    server = await startTestServer('sqlite')
    database = await openDatabase(server.databaseUrl)
  })
  afterAll(async () => {
    await database?.close()
    await server?.close()
  })

  test.each<[string, (key: GateKey) => Promise<unknown>]>([
    ['deleted', (key) => inTransaction(database, (trx) => deleteApiKey(trx, key.accountId, key.keyId, Date.now()))],
    [
      'disabled',
      ({ accountId, keyId }) =>
        inTransaction(database, (trx) => setApiKeyState(trx, accountId, keyId, { state: 'disabled' }, Date.now())),
    ],
    [
      'of a suspended account',
      ({ accountId }) => inTransaction(database, (trx) => setAccountSuspended(trx, accountId, true, Date.now())),
    ],
  ])('ends when the key that reads it is %s, and opens no more', async (_, lose) => {
    const gateKey = await givenGateKey(database)
    const read = createSignedFetch({ ...gateKey, baseUrl: server.url })
    const stream = await read(CHANGES)
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    const text = stream.text().catch(() => 'broke off')
    await lose(gateKey)
    await text
    expect((await read(CHANGES)).status).toBe(401)
  })

  test('is one of 64 of a key at most, and of 256 of all', async () => {
    const reads: (typeof fetch)[] = []
    for (let i = 0; i < 5; i++) {
      reads.push(createSignedFetch({ ...(await givenGateKey(database)), baseUrl: server.url }))
    }
    // Kept, since what is no longer referred to is closed.
    const open: Response[] = []
    const abort = new AbortController()
    const openOne = async (read: typeof fetch) => {
      const response = await read(CHANGES, { signal: abort.signal })
      if (response.status === 200) open.push(response)
      return response.status
    }
    try {
      const refused: (readonly number[])[] = []
      for (const read of reads) {
        const statuses = await Promise.all(Array.from({ length: 66 }, () => openOne(read)))
        refused.push([...new Set(statuses.filter((status) => status !== 200))])
      }
      expect([open.length, refused]).toEqual([256, [[429], [429], [429], [503], [503]]])
      await open.pop()?.body?.cancel()
      await eventually(SOON_MS, async () => (await openOne(reads[3] as typeof fetch)) === 200)
    } finally {
      abort.abort()
    }
  })

  test.each(['x', '-1', '1, 2'])('is refused from the place %j', async (place) => {
    const read = createSignedFetch({ ...(await givenGateKey(database)), baseUrl: server.url })
    expect((await read(CHANGES, { headers: { 'last-event-id': place } })).status).toBe(400)
  })
})

test('the example of docs/integrating.md decides with keys from the control plane', async () => {
  const server = await startTestServer('sqlite')
  const folder = await mkdtemp(join(tmpdir(), 'countersign-remote-'))
  try {
    const { apiKey } = await bootstrap({ databaseUrl: server.databaseUrl, accountName: 'gates', gate: true })
    expect(apiKey.scopes).toEqual(['gate'])
    const customer = await bootstrapKey(server.databaseUrl, 'customer')
    const file = join(folder, 'gate.pem')
    await writeFile(file, apiKey.privateKey)
    vi.stubEnv('COUNTERSIGN_URL', server.url)
    vi.stubEnv('COUNTERSIGN_KEY_ID', apiKey.apiKeyId)
    vi.stubEnv('COUNTERSIGN_KEY_FILE', file)
    const { keys, gate } = await import('../examples/remote-keys/gate.ts')
    const headers = Object.entries(accessHeaders(customer, 'GET', '/orders'))
    const lower = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]))
    const asked = { method: 'GET', target: '/orders', ip: '203.0.113.7', header: (name: string) => lower.get(name) }
    expect(await gate.decide(asked)).toMatchObject({
      allowed: { keyId: customer.keyId, accountId: customer.accountId },
    })
    await keys.close()
  } finally {
    vi.unstubAllEnvs()
    await server.close()
    await rm(folder, { recursive: true })
  }
})

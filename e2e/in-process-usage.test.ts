import { createManagementClient, createSignedFetch, type ManagementClient } from '@countersign/client'
import { createGate, type KeySource } from '@countersign/gate'
import { createRemoteKeySource } from '@countersign/gate/remote'
import { openKeySource } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../packages/server/src/storage/database.ts'
import { eventually } from './support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from './support/given-key.ts'
import { accessHeaders, type KeyHolder, keyHolder } from './support/key-holder.ts'
import { type GateKey, givenGateKey } from './support/remote-gate.ts'
import { DIALECTS, startTestServer, type TestServer } from './support/running-server.ts'

const IP = '203.0.113.7'
const SOON_MS = 20_000

type Source = KeySource & { close(): Promise<void> }

describe.each(DIALECTS)('decisions of a gate in another process count (%s)', (dialect) => {
  let server: TestServer
  let database: Database
  let gateKey: GateKey

  beforeAll(async () => {
    server = await startTestServer(dialect)
    database = await openDatabase(server.databaseUrl)
    gateKey = await givenGateKey(database)
  })
  afterAll(async () => {
    await database?.close()
    await server?.close()
  })

  const SOURCES: readonly [string, () => Promise<Source>][] = [
    ['openKeySource', () => openKeySource(server.databaseUrl)],
    ['remote keys', async () => createRemoteKeySource({ url: server.url, ...gateKey })],
    [
      'remote keys whose first report gets no answer',
      async () => createRemoteKeySource({ url: server.url, ...gateKey, fetch: losingFirstReport() }),
    ],
  ]

  test.each(SOURCES)('%s: usage, last use and the share of the old key', async (_, open) => {
    const accountId = await givenCustomer(database, 'Alice')
    const reader = await givenKey(database, accountId)
    const old = await givenKey(database, accountId, { scopes: ['read'] })
    const client = clientOf(reader)
    const rotation = await client.rotateKey(old.keyId, { grace_seconds: 3_600 })
    const fresh = keyHolder(rotation.api_key_id, rotation.private_key ?? '')

    const source = await open()
    const gate = createGate({ keys: source })
    const ask = async (holder: KeyHolder, method: string) => {
      const headers = new Map(
        Object.entries(accessHeaders(holder, method, '/orders')).map(([k, v]) => [k.toLowerCase(), v]),
      )
      const decision = await gate.decide({ method, target: '/orders', ip: IP, header: (name) => headers.get(name) })
      return 'denied' in decision ? decision.denied : 'allowed'
    }
    try {
      for (let i = 0; i < 5; i++) expect(await ask(old, 'GET')).toBe('allowed')
      expect(await ask(old, 'POST')).toBe('insufficient_scope')
      expect(await ask(fresh, 'GET')).toBe('allowed')
      expect(await ask(fresh, 'GET')).toBe('allowed')
      // Without its end: what was counted is reported while the process goes on.
      await eventually(SOON_MS, async () => (await client.getRotation(old.keyId)).traffic?.new === 2)
    } finally {
      await source.close()
    }
    const { traffic, ...of } = await client.getRotation(old.keyId)
    expect(traffic).toMatchObject({ old: 6, new: 2, old_share: 0.75 })
    expect(of.old_last_used_ip).toBe(IP)
    expect((await client.getKeyUsage(old.keyId)).total).toEqual({ allowed: 5, refused: 1, limited: 0, fault: 0 })
    expect((await client.getKey(fresh.keyId)).last_used_at).toBeGreaterThan(Date.now() - 60_000)
  })

  test('decisions that were not to be counted are not', async () => {
    const key = await givenKey(database, await givenCustomer(database, 'Bob'))
    for (const source of [
      await openKeySource(server.databaseUrl, { countsDecisions: false }),
      createRemoteKeySource({ url: server.url, ...gateKey, countsDecisions: false }),
    ]) {
      expect(source.decisions).toBeUndefined()
      await source.close()
    }
    expect((await clientOf(key).getKeyUsage(key.keyId)).total.allowed).toBeLessThanOrEqual(1)
  })

  test('a key without the scope gate reports nothing', async () => {
    const key = await givenKey(database, await givenCustomer(database, 'Mallory'))
    const lines: string[] = []
    const source = createRemoteKeySource({
      url: server.url,
      keyId: key.keyId,
      privateKey: pemOf(key),
      log: (line) => lines.push(line),
    })
    const principal = { accountId: key.accountId, keyId: key.keyId, scopes: [], tier: 'basic' } as const
    source.decisions?.decided({ allowed: { ...principal, profile: 'access-headers' } }, { ip: IP })
    await source.close()
    expect(lines.join()).toContain('the control plane cannot be asked for counting decisions: status 403')
    expect((await clientOf(key).getKeyUsage(key.keyId)).total.allowed).toBe(0)
  })

  function clientOf(key: GivenKey): ManagementClient {
    const fetch = createSignedFetch({ keyId: key.keyId, privateKey: pemOf(key) })
    return createManagementClient({ url: server.url, fetch })
  }
})

function pemOf({ privateKey }: KeyHolder): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Sends everything, and loses the first answer to a report. */
function losingFirstReport(): typeof fetch {
  let isLost = false
  return async (input, init) => {
    const answer = await fetch(input, init)
    if (isLost || !String(input).endsWith('/gate/v1/decisions')) return answer
    isLost = true
    throw new Error('the connection was lost')
  }
}

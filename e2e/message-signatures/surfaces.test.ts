import { execFile } from 'node:child_process'
import { createHash, createPublicKey, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createManagementClient, createSignedFetch } from '@countersign/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, call } from '../support/call.ts'
import { expectRefusal } from '../support/expect-refusal.ts'
import { type GivenKey, givenCustomer, givenKey, newPublicKey } from '../support/given-key.ts'
import { accessHeaders, type KeyHolder } from '../support/key-holder.ts'
import { requireTool } from '../support/require-tool.ts'
import { DIALECTS } from '../support/running-server.ts'
import type { World } from '../support/world.ts'
import { messageHeaders } from './support/message-headers.ts'
import { authorityOf, callSigned, givenPair, KEY_TYPES, startMessageWorld } from './support/message-world.ts'

const run = promisify(execFile)
const CLI = fileURLToPath(new URL('../../packages/cli/bin/countersign.js', import.meta.url))

const BASE = '/trade-api/v2'
const KEYS = `${BASE}/api_keys`
const GENERATE = `${KEYS}/generate`
const WHOAMI = `${BASE}/whoami`
const PROFILE_REFUSED =
  '{"error":{"code":"profile_not_accepted","message":"this signature profile is not accepted here","details":"http-message-signatures"}}'
const ALREADY_USED =
  '{"error":{"code":"authentication_error","message":"authentication_error","details":"SIGNATURE_ALREADY_USED"}}'
const INCORRECT =
  '{"error":{"code":"authentication_error","message":"authentication_error","details":"INCORRECT_API_KEY_SIGNATURE"}}'
const NOT_FOUND = '{"error":{"code":"not_found","message":"not found"}}'

describe.each(DIALECTS)('RFC 9421 on the server (%s)', (dialect) => {
  let world: World
  beforeAll(async () => {
    world = await startMessageWorld(dialect)
  })
  afterAll(() => world?.close())

  describe('our own calls', () => {
    test('tell who signs', async () => {
      const { status, text } = await callSigned(world.server, world.alice, 'GET', WHOAMI)
      expect([status, JSON.parse(text)]).toEqual([
        200,
        {
          account_id: world.alice.accountId,
          account_name: 'Alice',
          operator: false,
          api_key_id: world.alice.keyId,
          api_key_name: 'alice',
          scopes: ['read', 'write'],
          usage_tier: 'prestige',
          profile: 'http-message-signatures',
        },
      ])
    })

    test('tell all of one key, and of one whose scopes are few who it is', async () => {
      const privateKey = KEY_TYPES.rsa()
      const key = await givenPair(world.database, world.alice.accountId, privateKey, {
        name: 'detailed',
        scopes: ['read'],
        ipAllowlist: ['127.0.0.0/8'],
        minimumProfile: 'http-message-signatures',
        expiresAt: 4_000_000_000_000,
        parentKeyId: world.alice.keyId,
        createdAt: 1_700_000_000_000,
      })
      const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
      const { status, text } = await callSigned(world.server, key, 'GET', `${KEYS}/${key.keyId}`)
      expect([status, JSON.parse(text)]).toEqual([
        200,
        {
          api_key_id: key.keyId,
          account_id: world.alice.accountId,
          account_name: 'Alice',
          name: 'detailed',
          state: 'active',
          key_type: 'rsa',
          key_bits: 2048,
          public_key: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }),
          fingerprint: createHash('sha256').update(spki).digest('base64url'),
          scopes: ['read'],
          ip_allowlist: ['127.0.0.0/8'],
          minimum_profile: 'http-message-signatures',
          made_by: world.alice.keyId,
          expires_at: 4_000_000_000_000,
          created_at: 1_700_000_000_000,
          last_24_hours: { allowed: Array(24).fill(0), not_allowed: Array(24).fill(0) },
        },
      ])
      const trader = await givenKey(world.database, world.alice.accountId, { scopes: ['write::trade'], subaccount: 4 })
      const who = await callSigned(world.server, trader, 'GET', WHOAMI)
      expect([who.status, JSON.parse(who.text)]).toMatchObject([200, { scopes: ['write::trade'], subaccount: 4 }])
      expect((await callSigned(world.server, trader, 'GET', `${KEYS}/${trader.keyId}`)).status).toBe(403)
    })

    test.each([
      ['whoami', () => WHOAMI],
      ['an own key', ({ alice }: World) => `${KEYS}/${alice.keyId}`],
      ["another account's key", ({ bob }: World) => `${KEYS}/${bob.keyId}`],
    ])('refuse access headers: %s', async (_, targetOf) => {
      expectRefusal(await call(world.server, 'GET', targetOf(world), { as: world.alice }), 401, PROFILE_REFUSED)
    })

    test("answer for another account's key as for none", async () => {
      for (const id of [world.bob.keyId, randomUUID(), 'no-uuid', world.alice.keyId.toUpperCase()]) {
        expectRefusal(await callSigned(world.server, world.alice, 'GET', `${KEYS}/${id}`), 404, NOT_FOUND)
      }
    })
  })

  describe('the calls of the contract', () => {
    const byMessage = (as: KeyHolder, method: string, target: string, json?: unknown) =>
      callSigned(world.server, as, method, target, { json })
    const byAccess = (as: KeyHolder, method: string, target: string, json?: unknown) =>
      call(world.server, method, target, { as, json })

    test.each([
      ['http-message-signatures', byMessage],
      ['access-headers', byAccess],
    ])('take the profile %s', async (_, send) => {
      const { alice } = world
      expect((await send(alice, 'GET', `${KEYS}?a=b`)).status).toBe(200)
      expect((await send(alice, 'GET', `${BASE}/account/limits`)).status).toBe(200)
      expect((await send(alice, 'POST', KEYS, { name: 'own', public_key: newPublicKey() })).status).toBe(201)
      const made = await send(alice, 'POST', GENERATE, { name: 'made', key_type: 'ed25519' })
      expect(made.status).toBe(201)
      const target = `${KEYS}/${JSON.parse(made.text).api_key_id}`
      expect((await send(alice, 'DELETE', target)).status).toBe(204)
    })

    test('take access headers no more of a key whose minimum is more', async () => {
      const minimumProfile = 'http-message-signatures'
      const key = await givenKey(world.database, world.alice.accountId, { minimumProfile })
      for (const [method, target, json] of [
        ['GET', KEYS],
        ['POST', GENERATE, { name: 'a' }],
        ['DELETE', `${KEYS}/${key.keyId}`],
      ] as const) {
        expectRefusal(await byAccess(key, method, target, json), 401, PROFILE_REFUSED)
      }
      expect((await byMessage(key, 'GET', KEYS)).status).toBe(200)
      expect((await byMessage(key, 'DELETE', `${KEYS}/${key.keyId}`)).status).toBe(204)
    })
  })

  describe('a nonce', () => {
    const create = (as: KeyHolder, nonce: string, name = 'a'): Promise<Answer> => {
      const json = { name, public_key: newPublicKey() }
      return callSigned(world.server, as, 'POST', KEYS, { json, parameters: { nonce } })
    }

    test('counts once: neither the same request nor one that is signed anew over it is taken', async () => {
      const nonce = randomUUID()
      const json = { name: 'once', public_key: newPublicKey() }
      const body = JSON.stringify(json)
      const signed = messageHeaders(world.alice, {
        method: 'POST',
        target: KEYS,
        authority: authorityOf(world.server),
        body,
        parameters: { nonce },
      })
      const headers = { ...signed, 'content-type': 'application/json' }
      expect((await call(world.server, 'POST', KEYS, { headers, body })).status).toBe(201)
      expectRefusal(await call(world.server, 'POST', KEYS, { headers, body }), 401, ALREADY_USED)
      expectRefusal(await create(world.alice, nonce, 'another'), 401, ALREADY_USED)
      expect((await create(world.alice, `${nonce}x`)).status).toBe(201)
    })

    test('of ten requests at once is taken of one', async () => {
      const nonce = randomUUID()
      const answers = await Promise.all(Array.from({ length: 10 }, () => create(world.alice, nonce)))
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(401)])
    })

    test("is its key's own, and spent by right signatures only", async () => {
      const nonce = randomUUID()
      expect((await create({ ...world.alice, privateKey: world.bob.privateKey }, nonce)).status).toBe(401)
      expect((await create(world.alice, nonce)).status).toBe(201)
      expect((await create(world.bob, nonce)).status).toBe(201)
    })

    test('may come again where reading changes nothing', async () => {
      const parameters = { nonce: randomUUID() }
      for (let i = 0; i < 3; i++) {
        expect((await callSigned(world.server, world.alice, 'GET', WHOAMI, { parameters })).status).toBe(200)
      }
      const none = { nonce: undefined }
      expect((await callSigned(world.server, world.alice, 'GET', WHOAMI, { parameters: none })).status).toBe(200)
    })
  })

  describe.each(['ed25519', 'rsa'] as const)('our client, with a key of the type %s', (keyType) => {
    let key: GivenKey
    beforeAll(async () => {
      key = await givenPair(world.database, await givenCustomer(world.database, 'Client'), KEY_TYPES[keyType]())
    })

    const clientOf = (profile?: 'access-headers') => {
      const { url } = world.server
      const privateKey = pemOf(key)
      return createManagementClient({
        url,
        fetch: createSignedFetch({ keyId: key.keyId, privateKey, baseUrl: url, ...(profile && { profile }) }),
      })
    }

    test('manages keys', async () => {
      const client = clientOf()
      expect(await client.whoAmI()).toMatchObject({ account_id: key.accountId, profile: 'http-message-signatures' })
      const made = await client.generateKey({ name: 'größer', key_type: 'ed25519' })
      expect(await client.getKey(made.api_key_id)).toMatchObject({ name: 'größer', made_by: key.keyId })
      const { api_key_id: own } = await client.createKey({ name: 'own', public_key: newPublicKey() })
      await client.deleteKey(made.api_key_id)
      await client.deleteKey(own)
      expect((await client.listKeys()).map(({ api_key_id }) => api_key_id)).toEqual([key.keyId])
    })

    test('manages keys by access headers, where these are taken', async () => {
      const client = clientOf('access-headers')
      const made = await client.generateKey({ name: 'a', key_type: 'ed25519' })
      await client.deleteKey(made.api_key_id)
      expect(await client.listKeys()).toHaveLength(1)
      await expect(client.whoAmI()).rejects.toMatchObject({ status: 401, code: 'profile_not_accepted' })
    })
  })

  describe('the command line', () => {
    let folder: string
    let connection: string[]
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'countersign-signing-'))
      await writeFile(join(folder, 'alice.pem'), pemOf(world.alice), { mode: 0o600 })
      const { url } = world.server
      connection = ['--url', url, '--key-id', world.alice.keyId, '--key-file', join(folder, 'alice.pem')]
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    const countersign = (...argv: string[]) =>
      run(process.execPath, [CLI, ...argv, ...connection], { env: { PATH: process.env.PATH, HOME: folder } })

    test('asks who it is, and shows a key by the beginning of its id', async () => {
      const who = await countersign('whoami', '--json')
      expect(JSON.parse(who.stdout)).toMatchObject({ api_key_id: world.alice.keyId })
      const shown = await countersign('keys', 'show', world.alice.keyId.slice(0, 13), '--json')
      expect(JSON.parse(shown.stdout)).toMatchObject({ api_key_id: world.alice.keyId, name: 'alice' })
    })

    test.each(['http-message-signatures', 'access-headers'])('signs a request by %s', async (profile) => {
      const data = JSON.stringify({ name: 'requested', public_key: newPublicKey() })
      const { stdout } = await countersign('request', 'POST', `${KEYS}?a=b`, '--data', data, '--profile', profile)
      expect(Object.keys(JSON.parse(stdout))).toEqual(['api_key_id'])
    })

    test.for(['http-message-signatures', 'access-headers'])('signs for curl by %s', async (profile, context) => {
      requireTool(context, 'curl', 'curl')
      const data = JSON.stringify({ name: 'curled', public_key: newPublicKey() })
      const { stdout } = await countersign('sign', 'POST', `${KEYS}?a=b`, '--data', data, '--profile', profile)
      await writeFile(join(folder, 'headers'), stdout)
      const curl = ['-sS', '-H', `@${join(folder, 'headers')}`, '-H', 'content-type: application/json']
      const made = await run('curl', [...curl, '--data-binary', data, `${world.server.url}${KEYS}?a=b`])
      expect(Object.keys(JSON.parse(made.stdout))).toEqual(['api_key_id'])
      const again = await run('curl', [...curl, '--data-binary', data, `${world.server.url}${KEYS}?a=b`])
      expect(again.stdout).toBe(ALREADY_USED)
    })
  })
})

describe('behind a public name', () => {
  let world: World
  beforeAll(async () => {
    world = await startMessageWorld('sqlite', { publicUrl: 'https://api.example.com' })
  })
  afterAll(() => world?.close())

  const list = (authority: string, scheme: string, host?: string) => {
    const covered = ['@method', '@authority', '@target-uri']
    const headers = messageHeaders(world.alice, { method: 'GET', target: `${KEYS}?a=b`, authority, scheme, covered })
    return call(world.server, 'GET', `${KEYS}?a=b`, { headers: { ...headers, ...(host && { host }) } })
  }

  test('what was signed for that name is taken, whatever name the proxy asks by', async () => {
    expect((await list('api.example.com', 'https')).status).toBe(200)
    expect((await list('api.example.com', 'https', 'api.example.com')).status).toBe(200)
    expect((await list('api.example.com', 'https', 'evil.example')).status).toBe(200)
  })

  test.each([
    ['the name that the proxy asks by', () => authorityOf(world.server), 'https', undefined],
    ['the name in the Host header', () => 'evil.example', 'https', 'evil.example'],
    ['another port', () => 'api.example.com:8443', 'https', undefined],
    ['http', () => 'api.example.com', 'http', undefined],
  ])('what was signed for %s is refused', async (_, authority, scheme, host) => {
    expectRefusal(await list(authority(), scheme, host), 401, INCORRECT)
  })
})

describe('/openapi.json', () => {
  test('tells the headers of each profile, and which calls take which', async () => {
    const world = await startMessageWorld('sqlite', { signatureTag: 'acme', headerPrefix: 'ACME' })
    try {
      const document = JSON.parse((await call(world.server, 'GET', '/openapi.json')).text)
      const { securitySchemes } = document.components
      const message = { signatureInput: [], messageSignature: [] }
      const access = { keyId: [], timestamp: [], signature: [] }
      const headerOf = (schemes: object) => Object.keys(schemes).map((name) => securitySchemes[name].name)
      expect(headerOf(message)).toEqual(['Signature-Input', 'Signature'])
      expect(headerOf(access)).toEqual(['ACME-ACCESS-KEY', 'ACME-ACCESS-TIMESTAMP', 'ACME-ACCESS-SIGNATURE'])
      expect(securitySchemes.signatureInput.description).toContain('`tag` ("acme")')

      const securityOf = (path: string, method: string) =>
        document.paths[BASE + path][method].security ?? document.security
      expect(securityOf('/api_keys', 'post')).toEqual([message, access])
      expect(securityOf('/api_keys/{api_key}', 'delete')).toEqual([message, access])
      expect(securityOf('/api_keys/{api_key}', 'get')).toEqual([message])
      expect(securityOf('/whoami', 'get')).toEqual([message])
      expect(securityOf('/deployment', 'get')).toEqual([])
    } finally {
      await world.close()
    }
  })
})

test('a replayed access-header signature is refused beside', async () => {
  const world = await startMessageWorld('sqlite')
  try {
    const json = { name: 'a', public_key: newPublicKey() }
    const headers = { ...accessHeaders(world.alice, 'POST', KEYS), 'content-type': 'application/json' }
    const again = () => call(world.server, 'POST', KEYS, { headers, body: JSON.stringify(json) })
    expect((await again()).status).toBe(201)
    expectRefusal(await again(), 401, ALREADY_USED)
  } finally {
    await world.close()
  }
})

function pemOf({ privateKey }: KeyHolder): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

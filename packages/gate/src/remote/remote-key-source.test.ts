import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { PrivateKeyError, publicKeyPem } from '@countersign/protocol'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ControlPlane, startControlPlane } from '../../test/control-plane.ts'
import { newPair, type Pair } from '../../test/fixtures.ts'
import { createRemoteKeySource, type RemoteKeySource, type RemoteKeySourceOptions } from './remote-key-source.ts'

const READER = { kty: 'OKP', crv: 'Ed25519', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' }
const READER_ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'
const KEY_ID = '6f3bebf7-eaef-42a5-8c34-ab8873c1d431'
const OTHER_ID = '4b3c9d57-8a3e-4c0c-9f6f-0d0e5a1c2b3d'
const NOBODY_ID = '00000000-0000-4000-8000-000000000000'
const WAIT = { timeout: 20_000 }

let pair: Pair
let plane: ControlPlane
let source: RemoteKeySource
let said: string[]
const clock = { ms: 0 }

beforeAll(async () => {
  pair = await newPair('ed25519')
})
beforeEach(async () => {
  clock.ms = 1_000
  said = []
  plane = await startControlPlane()
})
afterEach(async () => {
  await source?.close()
  await plane.close()
})

async function open(options: Partial<RemoteKeySourceOptions> = {}): Promise<RemoteKeySource> {
  source = createRemoteKeySource({
    url: plane.url,
    keyId: READER_ID,
    privateKey: READER,
    elapsed: () => clock.ms,
    timeoutMs: 20_000,
    log: (message) => void said.push(message),
    ...options,
  })
  await vi.waitFor(() => expect(plane.streams.length).toBeGreaterThan(0), WAIT)
  return source
}

/** The same with a stream that vouches for what is held. */
async function openFresh(options?: Partial<RemoteKeySourceOptions>): Promise<RemoteKeySource> {
  await open(options)
  plane.streams[0]?.send('alive', { at_ms: 0 })
  await untilFresh()
  return source
}

/** What is held is asked for at each use until a sign of life has arrived. */
async function untilFresh(): Promise<void> {
  await vi.waitFor(async () => {
    await source.find(NOBODY_ID)
    const before = plane.asked.length
    await source.find(NOBODY_ID)
    expect(plane.asked.length).toBe(before)
  }, WAIT)
}

function recordOf(keyId: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    api_key_id: keyId,
    account_id: 'a',
    public_key: publicKeyPem(pair.verifying),
    scopes: ['read'],
    state: 'active',
    account_suspended: false,
    usage_tier: 'basic',
    ...changes,
  }
}

function answerWith(changes: Record<string, unknown> = {}) {
  return (keyId: string, response: ServerResponse) => void response.end(JSON.stringify(recordOf(keyId, changes)))
}

function lookUpsOf(keyId: string): number {
  return plane.asked.filter((target) => target.endsWith(keyId)).length
}

describe('a record', () => {
  test('is read whole', async () => {
    await open()
    plane.answer = answerWith({
      external_id: 'crm 1',
      subaccount: 3,
      expires_at: 5,
      minimum_profile: 'http-message-signatures',
      ip_allowlist: ['203.0.113.0/24'],
      bucket: { capacity: 10, refill_rate: 2 },
      bucket_owner_id: OTHER_ID,
      is_session: true,
      name: 'what no gate needs',
    })
    const { key, ipAllowlist, ...record } = (await source.find(KEY_ID)) as Exclude<
      Awaited<ReturnType<RemoteKeySource['find']>>,
      undefined | 'unavailable'
    >
    expect(record).toEqual({
      keyId: KEY_ID,
      accountId: 'a',
      externalId: 'crm 1',
      scopes: ['read'],
      subaccount: 3,
      state: 'active',
      expiresAtMs: 5,
      accountSuspended: false,
      tier: 'basic',
      minimumProfile: 'http-message-signatures',
      bucket: { capacity: 10, refillPerSecond: 2 },
      bucketOwnerId: OTHER_ID,
      isSession: true,
    })
    expect(key.spki).toEqual(pair.verifying.spki)
    expect(ipAllowlist).toMatchObject([{ prefixBits: 120 }])
  })

  test('its public key was checked when it was registered: its point is not checked again', async () => {
    await open()
    const point = Buffer.from(`302a300506032b6570032100${'02'.padEnd(64, '0')}`, 'hex').toString('base64')
    plane.answer = answerWith({ public_key: `-----BEGIN PUBLIC KEY-----\n${point}\n-----END PUBLIC KEY-----\n` })
    expect(await source.find(KEY_ID)).toMatchObject({ keyId: KEY_ID, key: { type: 'ed25519' } })
  })

  test.each([
    ['of another key', { api_key_id: OTHER_ID }],
    ['with a profile that is not known here', { minimum_profile: 'x' }],
    ['with a network that is none', { ip_allowlist: ['203.0.113.7/24'] }],
    ['with networks that are null', { ip_allowlist: null }],
    ['with a state that is not known here', { state: 'asleep' }],
    ['with a bucket that is none', { bucket: { capacity: 1 } }],
    ['with a time that is text', { expires_at: '5' }],
    ['without scopes', { scopes: undefined }],
    ['without a word on its account', { account_suspended: undefined }],
    ['with a public key that is none', { public_key: 'x' }],
  ])('%s is unavailable, and stops no other look-up', async (_, changes) => {
    await open()
    plane.answer = answerWith(changes)
    expect(await source.find(KEY_ID)).toBe('unavailable')
    expect(said).toEqual([expect.stringMatching(/^the control plane cannot be asked for keys: /)])
    plane.answer = answerWith()
    expect(await source.find(OTHER_ID)).toMatchObject({ keyId: OTHER_ID })
  })
})

describe('an answer', () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ['of a proxy that knows no such page', (response) => response.writeHead(404).end('<html>')],
    ['of a proxy that says OK', (response) => response.end('<html>')],
    ['that refuses the reading key', (response) => response.writeHead(401).end('{"error":{"code":"x"}}')],
    ['of a server that fails', (response) => response.writeHead(503).end()],
    ['that leads elsewhere', (response) => response.writeHead(307, { location: '/gate/v1/keys/elsewhere' }).end()],
    ['that breaks off', (response) => response.destroy()],
    ['that never ends', (response) => response.end(`"${'x'.repeat(3_000_000)}"`)],
  ])('%s makes the key unavailable, not unknown', async (_, respond) => {
    await open()
    plane.answer = (_, response) => respond(response)
    expect(await source.find(KEY_ID)).toBe('unavailable')
    expect(plane.asked).not.toContain('/gate/v1/keys/elsewhere')
  })

  test('that does not come in time makes it unavailable', async () => {
    await open({ timeoutMs: 100 })
    plane.answer = () => undefined
    expect(await source.find(KEY_ID)).toBe('unavailable')
  })

  test('404 of the control plane makes it unknown, and is remembered', async () => {
    await openFresh()
    for (let use = 0; use < 3; use++) expect(await source.find(KEY_ID)).toBeUndefined()
    expect(lookUpsOf(KEY_ID)).toBe(1)
  })

  test('is not asked for where the id cannot be one', async () => {
    await open()
    for (const keyId of ['', 'x', '../../admin/v1/keys', KEY_ID.toUpperCase()]) {
      expect(await source.find(keyId)).toBeUndefined()
    }
    expect(plane.asked.filter((target) => target !== '/gate/v1/changes')).toEqual([])
  })
})

describe('in an outage', () => {
  test('one question is asked each second, and nobody waits for it; the log says once why, and when it is over', async () => {
    await open()
    plane.answer = (_, response) => response.writeHead(500).end()
    await source.find(KEY_ID)
    for (let use = 0; use < 5; use++) expect(await source.find(KEY_ID)).toBe('unavailable')
    expect(lookUpsOf(KEY_ID)).toBe(1)

    clock.ms += 1_000
    const held: ServerResponse[] = []
    plane.answer = (_, response) => void held.push(response)
    expect(await source.find(KEY_ID)).toBe('unavailable')
    await vi.waitFor(() => expect(held).toHaveLength(1), WAIT)
    expect(await source.find(OTHER_ID)).toBe('unavailable')
    held[0]?.writeHead(500).end()
    expect([lookUpsOf(KEY_ID), lookUpsOf(OTHER_ID)]).toEqual([2, 0])

    plane.answer = answerWith()
    await vi.waitFor(async () => {
      clock.ms += 1_000
      expect(await source.find(KEY_ID)).toMatchObject({ keyId: KEY_ID })
    }, WAIT)
    expect(await source.find(OTHER_ID)).toMatchObject({ keyId: OTHER_ID })
    expect(said).toEqual([
      'the control plane cannot be asked for keys: status 500',
      'the control plane can be asked for keys again',
    ])
  })

  test('held keys count until the staleness bound, then are unavailable', async () => {
    await openFresh({ maxStalenessMs: 5_000 })
    plane.answer = answerWith()
    await source.find(KEY_ID)
    plane.answer = (_, response) => response.writeHead(500).end()
    clock.ms += 4_999
    expect(await source.find(KEY_ID)).toMatchObject({ keyId: KEY_ID })
    clock.ms += 1
    expect(await source.find(KEY_ID)).toBe('unavailable')
  })
})

describe('look-ups', () => {
  test('of one key at once are one', async () => {
    await openFresh()
    plane.answer = answerWith()
    await Promise.all(Array.from({ length: 100 }, () => source.find(KEY_ID)))
    expect(lookUpsOf(KEY_ID)).toBe(1)
  })

  test('of many keys are 64 at once, and others wait their turn', async () => {
    await openFresh()
    const held: (() => void)[] = []
    plane.answer = (keyId, response) => void held.push(() => answerWith()(keyId, response))
    const finding = Array.from({ length: 70 }, (_, i) => source.find(`00000000-0000-4000-8000-0000000001${10 + i}`))
    await vi.waitFor(() => expect(held).toHaveLength(64), WAIT)
    await untilFresh()
    expect(held).toHaveLength(64)
    plane.answer = answerWith()
    for (const release of held) release()
    expect((await Promise.all(finding)).filter((record) => typeof record === 'object')).toHaveLength(70)
  })
})

describe('the stream of changes', () => {
  test('makes a changed key, and all keys of a changed account, be read again', async () => {
    await openFresh()
    plane.answer = answerWith()
    await source.find(KEY_ID)
    await source.find(OTHER_ID)
    plane.answer = answerWith({ state: 'disabled' })
    plane.streams[0]?.send('change', { account_id: 'a', api_key_id: KEY_ID }, 2)
    await vi.waitFor(async () => expect(await source.find(KEY_ID)).toMatchObject({ state: 'disabled' }), WAIT)
    expect(await source.find(OTHER_ID)).toMatchObject({ state: 'active' })
    plane.streams[0]?.send('change', { account_id: 'a' }, 3)
    await vi.waitFor(async () => expect(await source.find(OTHER_ID)).toMatchObject({ state: 'disabled' }), WAIT)
  })

  test('makes a look-up that a change overtook be made again', async () => {
    await openFresh()
    let release: (() => void) | undefined
    plane.answer = (keyId, response) => {
      release = () => answerWith()(keyId, response)
    }
    const finding = source.find(KEY_ID)
    await vi.waitFor(() => expect(release).toBeDefined(), WAIT)
    plane.answer = answerWith({ state: 'revoked' })
    await source.find(OTHER_ID)
    plane.streams[0]?.send('change', { account_id: 'a', api_key_id: OTHER_ID }, 2)
    plane.streams[0]?.send('change', { account_id: 'a', api_key_id: KEY_ID }, 3)
    // The first of the two was heard of when this one is asked for again.
    await vi.waitFor(async () => {
      await source.find(OTHER_ID)
      expect(lookUpsOf(OTHER_ID)).toBeGreaterThan(1)
    }, WAIT)
    release?.()
    expect(await finding).toMatchObject({ state: 'revoked' })
  })

  test('is opened again where it ended, by a signature that covers the place', async () => {
    await openFresh()
    plane.answer = answerWith()
    await source.find(KEY_ID)
    plane.streams[0]?.send('change', { account_id: 'b', api_key_id: OTHER_ID }, 41)
    plane.streams[0]?.end()
    await vi.waitFor(() => expect(plane.streams).toHaveLength(2), WAIT)
    const headers: IncomingHttpHeaders = plane.streams[1]?.request.headers ?? {}
    expect(headers['last-event-id']).toBe('41')
    expect(headers['signature-input']).toContain('"last-event-id"')
    plane.streams[1]?.send('alive', { at_ms: 0 })
    await untilFresh()
    await source.find(KEY_ID)
    expect(lookUpsOf(KEY_ID)).toBe(1)
  })

  test.each<[string, string]>([
    ['no JSON', 'event: change\nid: 2\ndata: {\n\n'],
    ['a change of nobody', 'event: change\nid: 2\ndata: {}\n\n'],
    ['a change without its place', 'event: change\nid: x\ndata: {"account_id":"a"}\n\n'],
    ['no end', `event: change\ndata: ${'x'.repeat(70_000)}`],
  ])('is opened again where it brings %s', async (_, text) => {
    await openFresh()
    plane.streams[0]?.write(text)
    await vi.waitFor(() => expect(plane.streams).toHaveLength(2), WAIT)
    expect(plane.streams[1]?.request.headers['last-event-id']).toBe('1')
    expect(said[0]).toMatch(/^the control plane cannot be asked for changes of keys: /)
  })

  test('that misses some, or that comes from another database, makes everything be read again', async () => {
    await openFresh()
    plane.answer = answerWith()
    await source.find(KEY_ID)
    plane.streams[0]?.send('reset', {}, 9)
    await vi.waitFor(async () => {
      await source.find(KEY_ID)
      expect(lookUpsOf(KEY_ID)).toBe(2)
    }, WAIT)
    plane.streams[0]?.send('start', { deployment_id: 'another' }, 9)
    await vi.waitFor(async () => {
      await source.find(KEY_ID)
      expect(lookUpsOf(KEY_ID)).toBe(3)
    }, WAIT)
  })

  test('vouches for no more than has passed here, whatever it says', async () => {
    await openFresh()
    plane.answer = answerWith()
    await source.find(KEY_ID)
    plane.streams[0]?.send('alive', { at_ms: 2_000 })
    plane.streams[0]?.send('change', { account_id: 'b', api_key_id: OTHER_ID }, 2)
    await vi.waitFor(async () => {
      await source.find(OTHER_ID)
      expect(lookUpsOf(OTHER_ID)).toBeGreaterThan(1)
    }, WAIT)
    clock.ms += 2_000
    const before = lookUpsOf(KEY_ID)
    await source.find(KEY_ID)
    expect(lookUpsOf(KEY_ID)).toBe(before + 1)
  })
})

test('a private key that cannot be read is refused at once', () => {
  expect(() => createRemoteKeySource({ url: plane.url, keyId: READER_ID, privateKey: 'x' })).toThrow(PrivateKeyError)
})

test('an answer that is no stream of changes is let go before the next attempt', async () => {
  const held: AbortSignal[] = []
  const refuse: typeof globalThis.fetch = async (_, init) => {
    if (init?.signal) held.push(init.signal)
    return new Response(new ReadableStream(), { status: 503 })
  }
  source = createRemoteKeySource({ url: plane.url, keyId: READER_ID, privateKey: READER, fetch: refuse })
  await vi.waitFor(() => expect(held.length).toBeGreaterThan(1), WAIT)
  expect(held[0]?.aborted).toBe(true)
})

test.each([
  'http://192.0.2.1',
  'http://keys.example.com:4100',
  'http://localhost.example.com',
  'http://127.0.0.1.example.com',
  'ftp://127.0.0.1',
])('keys are not read from %s: whoever is between could supply others', (url) => {
  expect(() => createRemoteKeySource({ url, keyId: READER_ID, privateKey: READER })).toThrow(
    /over https, or over http from this machine/,
  )
})

test.each(['https://keys.example.com', 'http://127.0.0.1:4100', 'http://localhost:4100', 'http://[::1]:4100'])(
  'keys may be read from %s',
  async (url) => {
    const refuse: typeof fetch = async () => new Response(null, { status: 503 })
    source = createRemoteKeySource({ url, keyId: READER_ID, privateKey: READER, fetch: refuse })
    expect(await source.find(READER_ID)).toBe('unavailable')
  },
)

import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import type { Profile } from '@countersign/protocol'
import { describe, expect, test } from 'vitest'
import { JWK, KEY_ID, listen, type Received, SEED, type Seen, timeOf } from '../test/verifying-server.ts'
import { RedirectRefused } from './redirect.ts'
import { createSignedFetch } from './signed-fetch.ts'

const PROFILES = ['http-message-signatures', 'access-headers'] as const satisfies readonly Profile[]

function redirectTo(location: string, status = 307) {
  return ({ target }: Seen, response: ServerResponse) => {
    if (target === '/start') response.writeHead(status, { location }).end('moved')
    else response.end('arrived')
  }
}

test('createSignedFetch makes the nonce of its options where the server gives none', async () => {
  const { origin, seen } = await listen()
  await createSignedFetch({ keyId: KEY_ID, privateKey: JWK, nonce: () => 'own-nonce' })(`${origin}/x`)
  expect(seen).toMatchObject([{ verified: true }])
  expect(seen[0]?.headers['signature-input']).toContain(';nonce="own-nonce"')
})

describe.each(PROFILES)('createSignedFetch signs by %s', (profile) => {
  const options = { keyId: KEY_ID, privateKey: JWK, profile }

  test.each([
    ['a plain path', '/trade-api/v2/api_keys'],
    ['a path with a query', '/orders?status=open&limit=5'],
    ['a path with an empty query', '/orders?'],
    ['a query that the platform encodes', '/orders?name=größe a&b="'],
    ['a percent-encoded path', '/a%20b/%2F%c3%a9'],
    ['a path that the platform encodes', '/größe/a b'],
    ['a path with dot segments, as they are sent', '/a/../b/./c'],
    ['a path with an @ and a fragment', '/@me/x#part'],
    ['an empty path', ''],
  ])('%s', async (_, path) => {
    const { origin, seen } = await listen()
    const response = await createSignedFetch(options)(origin + path)
    expect(await response.text()).toBe('ok')
    expect(seen).toMatchObject([{ verified: true }])
  })

  test('every method, written in any case', async () => {
    const { origin, seen } = await listen()
    const fetch = createSignedFetch(options)
    for (const method of ['get', 'post', 'patch', 'DELETE']) await fetch(`${origin}/x`, { method })
    expect(seen.map(({ method, verified }) => [method, verified])).toEqual([
      ['GET', true],
      ['POST', true],
      ['PATCH', true],
      ['DELETE', true],
    ])
  })

  test('a Request with its body and headers, overridden by the options', async () => {
    const { origin, seen } = await listen()
    const request = new Request(`${origin}/x`, { method: 'PUT', body: '{"a":1}', headers: { 'x-one': '1' } })
    await createSignedFetch(options)(request, { headers: { 'x-two': '2' } })
    expect(seen).toMatchObject([{ method: 'PUT', body: '{"a":1}', verified: true, headers: { 'x-two': '2' } }])
    expect(seen[0]?.headers).not.toHaveProperty('x-one')
  })

  test.each<[string, BodyInit | null, string, string | undefined]>([
    ['a text', '{"a":"ö"}', '{"a":"ö"}', 'text/plain;charset=UTF-8'],
    ['bytes', new TextEncoder().encode('a\u0000b'), 'a\u0000b', undefined],
    ['a buffer', new TextEncoder().encode('ab').buffer, 'ab', undefined],
    ['a part of a buffer', new Uint8Array(new TextEncoder().encode('xaby').buffer, 1, 2), 'ab', undefined],
    ['a form', new URLSearchParams({ a: '1 2' }), 'a=1+2', 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['a blob', new Blob(['ab'], { type: 'text/csv' }), 'ab', 'text/csv'],
    ['an empty text', '', '', 'text/plain;charset=UTF-8'],
    ['null', null, '', undefined],
  ])('%s as the body, with the content type that it has by itself', async (_, body, sent, type) => {
    const { origin, seen } = await listen()
    await createSignedFetch(options)(`${origin}/x`, { method: 'POST', body })
    expect(seen).toMatchObject([{ body: sent, verified: true }])
    expect(seen[0]?.headers['content-type']).toBe(type)
  })

  test('a form with files, as it is sent', async () => {
    const { origin, seen } = await listen()
    const body = new FormData()
    body.set('a', new Blob(['content']), 'file.txt')
    await createSignedFetch(options)(`${origin}/x`, { method: 'POST', body })
    expect(seen).toMatchObject([{ body: expect.stringContaining('content'), verified: true }])
    const boundary = /boundary=(.+)$/.exec(seen[0]?.headers['content-type'] ?? '')?.[1] ?? 'none'
    expect(seen[0]?.body).toContain(boundary)
  })

  test("a body with its caller's content type", async () => {
    const { origin, seen } = await listen()
    const headers = { 'content-type': 'application/json' }
    await createSignedFetch(options)(`${origin}/x`, { method: 'POST', body: '{}', headers })
    expect(seen).toMatchObject([{ body: '{}', verified: true, headers }])
  })

  test('each request afresh', async () => {
    const { origin, seen } = await listen()
    let time = 1703123456000
    const fetch = createSignedFetch({ ...options, now: () => (time += 1000) })
    await fetch(`${origin}/x`)
    await fetch(`${origin}/x`)
    expect(seen.map(({ verified }) => verified)).toEqual([true, true])
    expect(timeOf(seen[1]) - timeOf(seen[0])).toBe(1000)
  })
})

describe('createSignedFetch', () => {
  const options = { keyId: KEY_ID, privateKey: JWK }
  const inputOf = (seen: Received | undefined) => String(seen?.headers['signature-input'])

  test('signs by RFC 9421 with the tag countersign where nothing else is said, and by nothing else', async () => {
    const { origin, seen } = await listen()
    await createSignedFetch({ ...options, now: () => 1703123456789 })(`${origin}/x?y=1`)
    expect(inputOf(seen[0])).toMatch(
      new RegExp(
        `^sig1=\\("@method" "@authority" "@path" "@query"\\);created=1703123456;keyid="${KEY_ID}";nonce="[\\w-]{22}";tag="countersign"$`,
      ),
    )
    expect(seen[0]?.headers).not.toHaveProperty('kalshi-access-key')
    expect(seen[0]?.headers).not.toHaveProperty('content-digest')
  })

  test('covers the digest of a body, in place of one that the caller wrote', async () => {
    const { origin, seen } = await listen()
    const headers = { 'content-digest': 'sha-256=:AAAA:', signature: 'mine=:AAAA:', 'x-other': 'kept' }
    await createSignedFetch(options)(`${origin}/x`, { method: 'POST', body: 'a', headers })
    expect(inputOf(seen[0])).toContain('("@method" "@authority" "@path" "content-digest")')
    expect(seen).toMatchObject([
      {
        verified: true,
        headers: { 'content-digest': 'sha-256=:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=:', 'x-other': 'kept' },
      },
    ])
  })

  test('makes a nonce for each attempt, on every method', async () => {
    const { origin, seen } = await listen(redirectTo('/end'))
    const fetch = createSignedFetch(options)
    await fetch(`${origin}/start`, { method: 'POST', body: 'a' })
    await fetch(`${origin}/start`)
    const nonces = seen.map((one) => /;nonce="([^"]+)"/.exec(inputOf(one))?.[1])
    expect(nonces).not.toContain(undefined)
    expect(new Set(nonces).size).toBe(4)
  })

  test.each([
    ['another tag', { tag: 'acme' }, /;tag="acme"$/],
    ['no tag', { tag: null }, /;nonce="[^"]+"$/],
    ['an end', { expiresAfterSeconds: 60, now: () => 1703123456789 }, /;expires=1703123516;/],
  ])('writes %s', async (_, changes, expected) => {
    const { origin, seen } = await listen()
    await createSignedFetch({ ...options, ...changes })(`${origin}/x`)
    expect(inputOf(seen[0])).toMatch(expected)
    expect(seen).toMatchObject([{ verified: true }])
  })

  test.each<[string, () => unknown]>([
    ['a stream', () => new Blob(['a']).stream()],
    [
      'an async iterable',
      () =>
        (async function* () {
          yield new Uint8Array(1)
        })(),
    ],
  ])('refuses %s as the body, unsent, and says what to do', async (_, bodyOf) => {
    const { origin, seen } = await listen()
    const init = { method: 'POST', body: bodyOf(), duplex: 'half' } as RequestInit
    const refused = createSignedFetch(options)(`${origin}/x`, init)
    await expect(refused).rejects.toThrow(TypeError)
    await expect(refused).rejects.toThrow(/a stream cannot be signed.*new Response\(stream\).*'access-headers'/)
    expect(seen).toEqual([])
  })

  test('sends a stream by access headers, which leave the body out', async () => {
    const { origin, seen } = await listen()
    const init = { method: 'POST', body: new Blob(['payload']).stream(), duplex: 'half' } as RequestInit
    await createSignedFetch({ ...options, profile: 'access-headers' })(`${origin}/x`, init)
    expect(seen).toMatchObject([{ body: 'payload', verified: true }])
  })

  test('with access headers of its own, whatever the caller wrote there', async () => {
    const { origin, seen } = await listen()
    const headers = { 'KALSHI-ACCESS-KEY': 'mine', 'KALSHI-ACCESS-SIGNATURE': 'mine', 'x-other': 'kept' }
    await createSignedFetch({ ...options, profile: 'access-headers' })(`${origin}/x`, { headers })
    expect(seen).toMatchObject([{ verified: true, headers: { 'kalshi-access-key': KEY_ID, 'x-other': 'kept' } }])
    expect(seen[0]?.headers).not.toHaveProperty('signature-input')
  })

  test("with the provider's header prefix and the given clock", async () => {
    const { origin, seen } = await listen()
    const given = { headerPrefix: 'ACME', now: () => 1703123456789, profile: 'access-headers' } as const
    await createSignedFetch({ ...options, ...given })(`${origin}/x`)
    expect(seen[0]?.headers).toMatchObject({ 'acme-access-key': KEY_ID, 'acme-access-timestamp': '1703123456789' })
  })

  test('with a key that signs elsewhere', async () => {
    const { origin, seen } = await listen()
    const privateKey = { type: 'ed25519' as const, sign: () => Uint8Array.of(1, 2, 3) }
    await createSignedFetch({ keyId: KEY_ID, privateKey })(`${origin}/x`)
    expect(seen[0]?.headers.signature).toBe('sig1=:AQID:')
  })
})

describe('baseUrl', () => {
  test('resolves relative URLs as a browser would', async () => {
    const { origin, seen } = await listen()
    const fetch = createSignedFetch({ keyId: KEY_ID, privateKey: JWK, baseUrl: `${origin}/v2/` })
    await fetch('orders?limit=1')
    await fetch('/orders')
    expect(seen.map(({ target, verified }) => [target, verified])).toEqual([
      ['/v2/orders?limit=1', true],
      ['/orders', true],
    ])
  })

  test.each(['https://elsewhere.example/x', '//elsewhere.example/x'])('refuses %s, unsent', async (url) => {
    const { origin, seen } = await listen()
    const sent: unknown[] = []
    const fetch = createSignedFetch({
      keyId: KEY_ID,
      privateKey: JWK,
      baseUrl: origin,
      fetch: async (input) => {
        sent.push(input)
        return new Response()
      },
    })
    await expect(fetch(url)).rejects.toThrow(/a request to https?:\/\/elsewhere\.example is not signed/)
    expect([sent, seen]).toEqual([[], []])
  })
})

describe.each(PROFILES)('redirects, signed by %s,', (profile) => {
  const options = { keyId: KEY_ID, privateKey: JWK, profile }

  test('within the origin are signed afresh', async () => {
    const { origin, seen } = await listen(redirectTo('/end?x=1'))
    const response = await createSignedFetch(options)(`${origin}/start`, { method: 'POST', body: 'payload' })
    expect(await response.text()).toBe('arrived')
    expect(seen.map(({ method, target, body, verified }) => [method, target, body, verified])).toEqual([
      ['POST', '/start', 'payload', true],
      ['POST', '/end?x=1', 'payload', true],
    ])
  })

  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [302, 'PUT', 'PUT', 'payload'],
    [308, 'POST', 'POST', 'payload'],
  ])('with status %d make %s a %s', async (status, method, then, body) => {
    const { origin, seen } = await listen(redirectTo('/end', status))
    await createSignedFetch(options)(`${origin}/start`, {
      method,
      body: 'payload',
      headers: { 'content-type': 'text/x', 'content-digest': 'sha-256=:AAAA:' },
    })
    expect(seen[1]).toMatchObject({ method: then, body, verified: true })
    expect(seen[1]?.headers['content-type']).toBe(body === '' ? undefined : 'text/x')
    if (body === '') expect(seen[1]?.headers).not.toHaveProperty('content-digest')
  })

  test('to another origin are refused before anything is sent there', async () => {
    const other = await listen()
    const { origin } = await listen(redirectTo(`${other.origin}/secret-path`))
    const refused = createSignedFetch(options)(`${origin}/start`)
    await expect(refused).rejects.toThrow(RedirectRefused)
    await expect(refused).rejects.toThrow(`redirect to ${other.origin}: a signature is not sent to another origin`)
    expect(other.seen).toEqual([])
  })

  test('to the same host by another scheme are refused', async () => {
    const { origin } = await listen(({ target }, response) =>
      response.writeHead(302, { location: `${origin.replace('http:', 'https:')}${target}` }).end(),
    )
    await expect(createSignedFetch(options)(`${origin}/start`)).rejects.toThrow(RedirectRefused)
  })

  test('without end are given up', async () => {
    const { origin, seen } = await listen(({ target }, response) =>
      response.writeHead(307, { location: `${target}x` }).end(),
    )
    await expect(createSignedFetch(options)(`${origin}/a`)).rejects.toThrow('redirected more than 20 times')
    expect(seen).toHaveLength(21)
  })

  test('to nowhere are refused', async () => {
    const { origin } = await listen(redirectTo('http://['))
    await expect(createSignedFetch(options)(`${origin}/start`)).rejects.toThrow('redirect to what is no URL')
  })

  test('that the platform hides are refused with the way out', async () => {
    const hidden = Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' })
    const fetch = createSignedFetch({ ...options, fetch: async () => hidden })
    await expect(fetch('https://api.example/x')).rejects.toThrow('does not tell where it leads: call the final URL')
  })

  test("are the caller's with redirect: manual, and an error with redirect: error", async () => {
    const { origin, seen } = await listen(redirectTo('/end'))
    const fetch = createSignedFetch(options)
    expect((await fetch(`${origin}/start`, { redirect: 'manual' })).status).toBe(307)
    await expect(fetch(`${origin}/start`, { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(seen).toHaveLength(2)
  })

  test('a 304 or a 201 with a Location is the answer', async () => {
    const { origin } = await listen((_, response) => response.writeHead(201, { location: '/end' }).end('made'))
    expect((await createSignedFetch(options)(`${origin}/start`)).status).toBe(201)
  })
})

test('a redirect of a stream is refused, since it cannot be sent twice', async () => {
  const { origin, seen } = await listen(redirectTo('/end'))
  const init = { method: 'POST', body: new Blob(['payload']).stream(), duplex: 'half' } as RequestInit
  const fetch = createSignedFetch({ keyId: KEY_ID, privateKey: JWK, profile: 'access-headers' })
  await expect(fetch(`${origin}/start`, init)).rejects.toThrow('whose body is a stream')
  expect(seen).toHaveLength(1)
})

describe('mistakes', () => {
  test.each([
    ['no key at all', 'secret-not-a-key'],
    ['a JWK of another kind', { kty: 'EC', d: SEED }],
    ['a JWK with a short seed', { kty: 'OKP', crv: 'Ed25519', d: SEED.slice(0, 20) }],
  ])('%s shows at once, and no error holds it', (_, privateKey) => {
    let message = ''
    try {
      createSignedFetch({ keyId: KEY_ID, privateKey })
    } catch (error) {
      message = String(error)
    }
    expect(message).toMatch(/PrivateKeyError/)
    expect(message).not.toMatch(/secret-not-a-key|nWGxne/)
  })

  test('an RSA key whose numbers do not belong together shows at once, without the numbers', () => {
    const n = Buffer.alloc(256, 0xff).toString('base64url')
    const number = Buffer.alloc(128, 0xfd).toString('base64url')
    const numbers = { d: number, p: number, q: number, dp: number, dq: number, qi: number }
    const make = () => createSignedFetch({ keyId: KEY_ID, privateKey: { kty: 'RSA', n, e: 'AQAB', ...numbers } })
    const fault = thrownBy(make)
    expect(fault).toMatchObject({ name: 'PrivateKeyError', code: 'rsa_numbers_damaged' })
    const shown = inspect(fault, { depth: 9, showHidden: true, maxArrayLength: null, maxStringLength: null })
    expect(shown).not.toContain(n.slice(0, 20))
    expect(shown).not.toMatch(/(?:fd){8}/i)
  })

  test('a header prefix that is none shows at once', () => {
    const options = { keyId: KEY_ID, privateKey: JWK, headerPrefix: 'a b', profile: 'access-headers' } as const
    expect(() => createSignedFetch(options)).toThrow(RangeError)
  })
})

function thrownBy(make: () => unknown): unknown {
  try {
    return make()
  } catch (fault) {
    return fault
  }
}

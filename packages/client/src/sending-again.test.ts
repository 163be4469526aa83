import type { ServerResponse } from 'node:http'
import type { Profile } from '@countersign/protocol'
import axios, { isAxiosError } from 'axios'
import { Agent, interceptors, request, FormData as UndiciForm, fetch as undiciFetch } from 'undici'
import { afterAll, describe, expect, test } from 'vitest'
import { JWK, KEY_ID, listen, type Seen, timeOf } from '../test/verifying-server.ts'
import { signAxios } from './axios.ts'
import type { ResendOptions } from './resend.ts'
import { createSignedFetch } from './signed-fetch.ts'
import { signDispatches } from './undici.ts'

const PROFILES = ['http-message-signatures', 'access-headers'] as const satisfies readonly Profile[]

interface Sent {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly body?: string
  readonly signal?: AbortSignal
}

interface Options extends ResendOptions {
  readonly profile?: Profile
  readonly now?: () => number
}

/** One of the ways to send signed requests, for tests that all of them must pass. */
type Send = (origin: string, path: string, options?: Options, sent?: Sent) => Promise<{ status: number; text: string }>

const credentials = { keyId: KEY_ID, privateKey: JWK }
const agent = new Agent()
afterAll(() => agent.close())

const bySignedFetch: Send = async (origin, path, options, sent) => {
  const response = await createSignedFetch({ ...credentials, ...options, baseUrl: origin })(path, sent)
  return { status: response.status, text: await response.text() }
}

const byAxios: Send = async (origin, path, options, { body, ...rest } = {}) => {
  const instance = axios.create({ baseURL: origin, validateStatus: null, transformResponse: (data) => data })
  instance.interceptors.request.use(signAxios({ ...credentials, ...options }))
  const { status, data } = await instance.request({ url: path, ...(body !== undefined && { data: body }), ...rest })
  return { status, text: data }
}

const byUndici: Send = async (origin, path, options, { method = 'GET', ...rest } = {}) => {
  const dispatcher = agent.compose(
    signDispatches({ ...credentials, ...options, baseUrl: origin }),
    interceptors.redirect({ maxRedirections: 5 }),
  )
  const { statusCode, body } = await request(origin + path, { dispatcher, method, ...rest })
  return { status: statusCode, text: await body.text() }
}

const byUndiciFetch: Send = async (origin, path, options, sent) => {
  const dispatcher = agent.compose(signDispatches({ ...credentials, ...options, baseUrl: origin }))
  const response = await undiciFetch(origin + path, { dispatcher, ...sent })
  return { status: response.status, text: await response.text() }
}

describe.each([
  ['createSignedFetch', bySignedFetch],
  ['axios', byAxios],
  ['undici', byUndici],
  ["undici's fetch", byUndiciFetch],
])('%s', (_, send) => {
  describe.each(PROFILES)('by %s', (profile) => {
    test.each([
      ['a plain path', '/trade-api/v2/api_keys'],
      ['a query', '/orders?status=open&limit=5'],
      ['percent-encoding', '/a%20b/%2F%c3%a9?x=%20'],
    ])('signs %s as it is sent', async (_, path) => {
      const { origin, seen } = await listen()
      expect(await send(origin, path, { profile })).toEqual({ status: 200, text: 'ok' })
      expect(seen).toMatchObject([{ target: path, verified: true }])
    })

    test('signs a body as it is sent', async () => {
      const { origin, seen } = await listen()
      await send(origin, '/orders', { profile }, { method: 'POST', body: '{"a":"ö"}' })
      expect(seen).toMatchObject([{ method: 'POST', body: '{"a":"ö"}', verified: true }])
    })

    test('signs each attempt afresh until it is let in, its body too', async () => {
      const { origin, seen } = await listen(refuse(2, 429, { 'retry-after': '0' }))
      let time = Date.now()
      const now = () => (time += 1000)
      expect(await send(origin, '/x', { profile, now }, { method: 'POST', body: 'payload' })).toEqual({
        status: 200,
        text: 'ok',
      })
      expect(seen).toMatchObject(Array(3).fill({ method: 'POST', body: 'payload', verified: true }))
      expect(new Set(seen.map(timeOf)).size).toBe(3)
    })

    test('signs a redirect within the origin afresh', async () => {
      const { origin, seen } = await listen(redirectTo('/end?x=1'))
      expect(await send(origin, '/start', { profile }, { method: 'POST', body: 'payload' })).toMatchObject({
        text: 'arrived',
      })
      expect(seen.map(({ target, body, verified }) => [target, body, verified])).toEqual([
        ['/start', 'payload', true],
        ['/end?x=1', 'payload', true],
      ])
    })

    test('sends no signature to another origin', async () => {
      const other = await listen()
      const { origin } = await listen(redirectTo(`${other.origin}/end`))
      await send(origin, '/start', { profile }).catch((error: unknown) => expect(String(error)).toContain('redirect'))
      for (const { verified, headers } of other.seen) {
        expect(verified).toBe(false)
        expect(Object.keys(headers).filter((name) => /signature|kalshi/.test(name))).toEqual([])
      }
    })

    test('corrects its clock once by the answer', async () => {
      const serverTime = Date.now() - 3_600_000
      const { origin, seen } = await listen(refuseTime(serverTime))
      expect(await send(origin, '/x', { profile }, { method: 'PUT', body: 'b' })).toEqual({ status: 200, text: 'ok' })
      expect(seen).toHaveLength(2)
      expect(Math.abs(timeOf(seen[1]) - serverTime)).toBeLessThan(30_000)
      expect(seen).toMatchObject([{ verified: true }, { verified: true, body: 'b' }])
    })
  })

  test('sends again in another second where its clock is right and the server has just started', async () => {
    const startedAt = Date.now()
    const { origin, seen } = await listen((one, response) => {
      if (timeOf(one) >= startedAt) response.end('ok')
      else response.writeHead(401).end(EXPIRED)
    })
    expect(await send(origin, '/x')).toEqual({ status: 200, text: 'ok' })
    expect(seen.length).toBeLessThanOrEqual(2)
  })

  test('hands the second refusal of its time on', async () => {
    const { origin, seen } = await listen(refuse(9, 401, { date: new Date(0).toUTCString() }, EXPIRED))
    const now = () => 3_600_000
    expect(await send(origin, '/x', { now })).toEqual({ status: 401, text: EXPIRED })
    expect(seen).toHaveLength(2)
  })

  test.each([
    ['another refusal', {}, { date: new Date(0).toUTCString() }, '{"error":{"code":"authentication_error"}}'],
    ['a refusal of its time without the time', {}, { date: '' }, EXPIRED],
    ['a refusal of its time by a clock of another day', {}, { date: new Date(2 * 86_400_000).toUTCString() }, EXPIRED],
    [
      'a refusal of its time where it is not to',
      { correctsClock: false },
      { date: new Date(0).toUTCString() },
      EXPIRED,
    ],
    ['a page', {}, { date: new Date(0).toUTCString() }, '<html>'],
    ['a long page', {}, { date: new Date(0).toUTCString() }, 'x'.repeat(200_000)],
  ])('hands %s on', async (_, options, headers, body) => {
    const { origin, seen } = await listen(refuse(9, 401, headers, body))
    expect(await send(origin, '/x', { ...options, now: () => 3_600_000 })).toEqual({ status: 401, text: body })
    expect(seen).toHaveLength(1)
  })

  test.each([
    ['without a time', {}, {}],
    ['that asks for more than it may wait', {}, { 'retry-after': '11' }],
    ['at once where it may not wait', { maxWaitMs: 0 }, { 'retry-after': '0' }],
    ['with a time that is none', {}, { 'retry-after': 'soon' }],
  ])('hands a 429 %s on', async (_, options, headers) => {
    const { origin, seen } = await listen(refuse(9, 429, headers, '{"error":"too many requests"}'))
    expect(await send(origin, '/x', options)).toEqual({ status: 429, text: '{"error":"too many requests"}' })
    expect(seen).toHaveLength(1)
  })

  test('waits as often as its time allows, and hands the next 429 on', async () => {
    const { origin, seen } = await listen(refuse(9, 429, { 'retry-after': '0' }, 'no'))
    expect(await send(origin, '/x', { maxWaitMs: 250 })).toEqual({ status: 429, text: 'no' })
    expect(seen).toHaveLength(3)
  })

  test('stops waiting when it is told to', async () => {
    const abort = new AbortController()
    const { origin, seen } = await listen((seen, response) => {
      response.once('close', () => setImmediate(() => abort.abort()))
      refuse(9, 429, { 'retry-after': '9' })(seen, response)
    })
    await expect(send(origin, '/x', {}, { signal: abort.signal })).rejects.toThrow(/abort|cancel/i)
    expect(seen).toHaveLength(1)
  })

  test('fails as its transport does where nobody listens', async () => {
    await expect(send('http://127.0.0.1:1', '/x')).rejects.toThrow()
  })
})

describe('concurrent requests', () => {
  test('whose time is refused are all sent again', async () => {
    const { origin, seen } = await listen(refuseTime(Date.now() - 3_600_000))
    const fetch = createSignedFetch({ ...credentials, baseUrl: origin })
    const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => fetch(`/${i}`)))
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200))
    const before = seen.length
    await fetch('/next')
    expect(seen).toHaveLength(before + 1)
  })
})

describe('signAxios', () => {
  const withSigning = (options: Parameters<typeof signAxios>[0], config: Parameters<typeof axios.create>[0] = {}) => {
    const instance = axios.create(config)
    instance.interceptors.request.use(signAxios(options))
    return instance
  }

  test('signs what axios makes of parameters and of an object', async () => {
    const { origin, seen } = await listen()
    await withSigning(credentials, { baseURL: `${origin}/v2/` }).post(
      'orders',
      { a: 'ö' },
      { params: { q: 'a b&c', n: [1, 2] } },
    )
    expect(seen).toMatchObject([
      { target: '/v2/orders?q=a+b%26c&n%5B%5D=1&n%5B%5D=2', body: '{"a":"ö"}', verified: true },
    ])
    expect(seen[0]?.headers['content-type']).toBe('application/json')
  })

  test.each<[string, () => unknown, string, RegExp]>([
    ['a form', () => new URLSearchParams({ a: '1 2' }), 'a=1+2', /^application\/x-www-form-urlencoded/],
    ['bytes', () => new TextEncoder().encode('ab'), 'ab', /.*/],
    ['a form with files', () => formWith(new FormData(), 'content'), 'content', /^multipart\/form-data; boundary=/],
  ])('signs %s', async (_, data, body, type) => {
    const { origin, seen } = await listen()
    await withSigning(credentials).put(`${origin}/x`, data())
    expect(seen).toMatchObject([{ body: expect.stringContaining(body), verified: true }])
    expect(seen[0]?.headers['content-type']).toMatch(type)
  })

  test('refuses a stream, unsent, but by access headers, which leave the body out', async () => {
    const { origin, seen } = await listen()
    const stream = () => new Blob(['payload']).stream()
    await expect(withSigning(credentials).post(`${origin}/x`, stream())).rejects.toThrow('a stream cannot be signed')
    expect(seen).toEqual([])
    const config = { adapter: 'fetch' }
    await withSigning({ ...credentials, profile: 'access-headers' }, config).post(`${origin}/x`, stream())
    expect(seen).toMatchObject([{ body: 'payload', verified: true }])
  })

  test("rejects with axios' own error where the status says so", async () => {
    const { origin } = await listen(refuse(9, 403, {}, '{"error":{"code":"insufficient_scope"}}'))
    const error = await withSigning(credentials)
      .get(`${origin}/x`)
      .catch((error: unknown) => error)
    expect(isAxiosError(error) && error.response?.data).toEqual({ error: { code: 'insufficient_scope' } })
  })

  test('refuses another origin, unsent', async () => {
    const { origin, seen } = await listen()
    const instance = withSigning({ ...credentials, baseUrl: 'https://api.example' })
    await expect(instance.get(`${origin}/x`)).rejects.toThrow('this key signs for https://api.example')
    expect(seen).toEqual([])
  })

  test('follows no redirect where it may not, and none to another origin', async () => {
    const { origin, seen } = await listen(redirectTo('/end'))
    const instance = withSigning(credentials, { validateStatus: null })
    expect((await instance.get(`${origin}/start`, { maxRedirects: 0 })).status).toBe(307)
    expect(seen).toHaveLength(1)
    const away = await listen(redirectTo('https://elsewhere.example/end'))
    await expect(instance.get(`${away.origin}/start`)).rejects.toThrow('a signature is not sent to another origin')
  })

  test('sends by fetch where only that is', async () => {
    const { origin, seen } = await listen(redirectTo('/end'))
    const instance = withSigning(credentials, { adapter: 'fetch' })
    expect((await instance.post(`${origin}/start`, 'payload')).data).toBe('arrived')
    expect(seen).toMatchObject([{ verified: true }, { body: 'payload', verified: true }])
  })
})

describe('signDispatches', () => {
  test.each<[string, Parameters<typeof request>[1]]>([
    ['headers as an object', { headers: { 'x-one': '1', signature: 'mine' } }],
    ['headers as a list', { headers: ['X-One', '1', 'Signature', 'mine'] }],
    ['headers as pairs', { headers: new Headers({ 'x-one': '1', signature: 'mine' }) }],
  ])('keeps %s but for a signature of the caller', async (_, given) => {
    const { origin, seen } = await listen()
    const dispatcher = agent.compose(signDispatches({ ...credentials, baseUrl: origin }))
    await (await request(`${origin}/x`, { dispatcher, ...given })).body.dump()
    expect(seen).toMatchObject([{ verified: true, headers: { 'x-one': '1' } }])
  })

  test('signs a query that undici writes', async () => {
    const { origin, seen } = await listen()
    const dispatcher = agent.compose(signDispatches({ ...credentials, baseUrl: origin }))
    await (await request(`${origin}/x`, { dispatcher, query: { a: 'b c', n: [1, 2] } })).body.dump()
    expect(seen).toMatchObject([{ target: '/x?a=b%20c&n=1&n=2', verified: true }])
  })

  test.each<[string, () => never | object | string]>([
    ['text', () => 'payload'],
    ['bytes', () => Buffer.from('payload')],
    ['a stream', () => new Blob(['pay', 'load']).stream()],
    ['a form', () => formWith(new UndiciForm(), 'payload')],
  ])('signs %s', async (_, body) => {
    const { origin, seen } = await listen(refuse(1, 429, { 'retry-after': '0' }))
    const dispatcher = agent.compose(signDispatches({ ...credentials, baseUrl: origin }))
    const response = await undiciFetch(`${origin}/x`, {
      dispatcher,
      method: 'POST',
      body: body() as string,
      duplex: 'half',
    })
    expect(response.status).toBe(200)
    expect(seen).toHaveLength(2)
    for (const one of seen) expect(one).toMatchObject({ body: expect.stringContaining('payload'), verified: true })
  })

  test('refuses a stream that is too large to be held, unsent', async () => {
    const { origin, seen } = await listen()
    const dispatcher = agent.compose(signDispatches({ ...credentials, baseUrl: origin, maxBodyBytes: 10 }))
    const body = new Blob(['x'.repeat(11)]).stream()
    await expect(undiciFetch(origin, { dispatcher, method: 'POST', body, duplex: 'half' })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('raise maxBodyBytes') },
    })
    expect(seen).toEqual([])
  })

  test('leaves other origins alone', async () => {
    const { origin, seen } = await listen()
    const dispatcher = agent.compose(signDispatches({ ...credentials, baseUrl: 'https://api.example' }))
    expect((await request(`${origin}/x`, { dispatcher })).statusCode).toBe(200)
    expect(seen[0]?.headers).not.toHaveProperty('signature')
  })

  test('lets no redirect interceptor below it carry a signature', async () => {
    const { origin, seen } = await listen(redirectTo('/end'))
    const dispatcher = agent.compose(
      interceptors.redirect({ maxRedirections: 5 }),
      signDispatches({ ...credentials, baseUrl: origin }),
    )
    expect((await request(`${origin}/start`, { dispatcher })).statusCode).toBe(307)
    expect(seen).toHaveLength(1)
  })

  test('tells the handler what the key could not', async () => {
    const signer = {
      keyId: KEY_ID,
      algorithm: 'ed25519',
      sign: () => Promise.reject(new Error('the agent is locked')),
    } as const
    const dispatcher = agent.compose(signDispatches({ signer, baseUrl: 'http://127.0.0.1:1' }))
    await expect(request('http://127.0.0.1:1/x', { dispatcher })).rejects.toThrow('the agent is locked')
  })

  test('is aborted while it signs', async () => {
    const { origin, seen } = await listen()
    const abort = new AbortController()
    const signer = {
      keyId: KEY_ID,
      algorithm: 'ed25519',
      sign: () => {
        abort.abort()
        return new Uint8Array(64)
      },
    } as const
    const dispatcher = agent.compose(signDispatches({ signer, baseUrl: origin }))
    await expect(request(`${origin}/x`, { dispatcher, signal: abort.signal })).rejects.toThrow(/abort/)
    expect(seen).toEqual([])
  })
})

const EXPIRED = '{"error":{"code":"header_timestamp_expired","message":"header timestamp expired"}}'

/** Refuses so many requests, then lets them in. */
function refuse(times: number, status: number, headers: Readonly<Record<string, string>>, body = '') {
  let left = times
  return (_: Seen, response: ServerResponse) => {
    if (left-- <= 0) return void response.end('ok')
    if (headers.date === '') response.sendDate = false
    const { date, ...others } = headers
    response.writeHead(status, { ...others, ...(date && { date }) }).end(body)
  }
}

/** Refuses requests whose time is not this one's, as the server does. */
function refuseTime(timeMs: number) {
  return (seen: Seen, response: ServerResponse) => {
    response.setHeader('date', new Date(timeMs).toUTCString())
    if (Math.abs(timeOf(seen) - timeMs) < 30_000) response.end('ok')
    else response.writeHead(401).end(EXPIRED)
  }
}

function redirectTo(location: string) {
  return ({ target }: Seen, response: ServerResponse) => {
    if (target === '/start') response.writeHead(307, { location }).end('moved')
    else response.end('arrived')
  }
}

function formWith<Form extends { set(name: string, value: Blob, file: string): void }>(
  form: Form,
  content: string,
): Form {
  form.set('a', new Blob([content]), 'file.txt')
  return form
}

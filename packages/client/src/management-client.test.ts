import { describe, expect, test } from 'vitest'
import { ApiError } from './api-error.ts'
import { createManagementClient } from './management-client.ts'

const NOW = Date.parse('2026-11-22T13:00:00Z')

/** A client whose server answers so; it remembers the call. */
function clientOf(answer: () => Response, options: { url?: string; basePath?: string } = {}) {
  const calls: { url: string; method: string; contentType: string | null; body: unknown }[] = []
  const client = createManagementClient({
    url: 'https://keys.example',
    ...options,
    now: () => NOW,
    fetch: async (input, init) => {
      const body = init?.body ?? null
      const contentType = new Headers(init?.headers).get('content-type')
      calls.push({ url: String(input), method: init?.method ?? 'GET', contentType, body })
      return answer()
    },
  })
  return { client, calls }
}

async function errorFrom(answer: () => Response): Promise<ApiError> {
  const outcome = await clientOf(answer)
    .client.listKeys()
    .catch((error: unknown) => error)
  if (!(outcome instanceof ApiError)) throw new Error(`expected an ApiError, got ${outcome}`)
  return outcome
}

describe('createManagementClient', () => {
  const key = { api_key_id: 'a', name: 'b', scopes: ['read'] }

  test('lists keys', async () => {
    const { client, calls } = clientOf(() => Response.json({ api_keys: [key] }))
    expect(await client.listKeys()).toEqual([key])
    expect(calls).toEqual([
      { url: 'https://keys.example/trade-api/v2/api_keys', method: 'GET', contentType: null, body: null },
    ])
  })

  test('generates a key', async () => {
    const made = { api_key_id: 'a', private_key: 'pem', key_type: 'rsa' }
    const { client, calls } = clientOf(() => Response.json(made, { status: 201 }))
    expect(await client.generateKey({ name: 'b', subaccount: 3 })).toEqual(made)
    expect(calls).toEqual([
      {
        url: 'https://keys.example/trade-api/v2/api_keys/generate',
        method: 'POST',
        contentType: 'application/json',
        body: '{"name":"b","subaccount":3}',
      },
    ])
  })

  test('registers a public key', async () => {
    const { client, calls } = clientOf(() => Response.json({ api_key_id: 'a' }, { status: 201 }))
    expect(await client.createKey({ name: 'b', public_key: 'pem' })).toEqual({ api_key_id: 'a' })
    expect(calls).toMatchObject([{ url: 'https://keys.example/trade-api/v2/api_keys', method: 'POST' }])
  })

  test('deletes a key, without a body or a content type', async () => {
    const { client, calls } = clientOf(() => new Response(null, { status: 204 }))
    await client.deleteKey('8c1f02aa-5d1e')
    expect(calls).toEqual([
      {
        url: 'https://keys.example/trade-api/v2/api_keys/8c1f02aa-5d1e',
        method: 'DELETE',
        contentType: null,
        body: null,
      },
    ])
  })

  test.each(['', '.', '..', 'a/b', 'a?b', 'a b'])('never sends %j as a key id', async (id) => {
    const { client, calls } = clientOf(() => new Response(null, { status: 204 }))
    await expect(client.deleteKey(id)).rejects.toThrow(TypeError)
    await expect(client.getKey(id)).rejects.toThrow(TypeError)
    expect(calls).toEqual([])
  })

  test('reads one key', async () => {
    const details = { ...key, state: 'active' }
    const { client, calls } = clientOf(() => Response.json(details))
    expect(await client.getKey('8c1f02aa')).toEqual(details)
    expect(calls).toMatchObject([{ url: 'https://keys.example/trade-api/v2/api_keys/8c1f02aa', method: 'GET' }])
  })

  test('asks who signs', async () => {
    const answer = { account_id: 'a', api_key_id: 'b', scopes: [], usage_tier: 'basic', profile: 'x' }
    const { client, calls } = clientOf(() => Response.json(answer))
    expect(await client.whoAmI()).toEqual(answer)
    expect(calls).toMatchObject([{ url: 'https://keys.example/trade-api/v2/whoami', method: 'GET' }])
  })

  test('reads limits, costs and the deployment', async () => {
    const bucket = { refill_rate: 1, bucket_capacity: 2 }
    const limits = { usage_tier: 'basic', read: bucket, write: bucket, grants: [] }
    expect(await clientOf(() => Response.json(limits)).client.getLimits()).toEqual(limits)
    const costs = { default_cost: 10, endpoint_costs: [] }
    expect(await clientOf(() => Response.json(costs)).client.getEndpointCosts()).toEqual(costs)
    const deployment = { deployment_id: 'd', time: 1 }
    expect(await clientOf(() => Response.json(deployment)).client.getDeployment()).toEqual(deployment)
  })

  test('the URL may end with a slash, have a path, and the base path may be another', async () => {
    const { client, calls } = clientOf(() => Response.json({ api_keys: [] }), {
      url: 'https://x.example/keys/',
      basePath: '/v1',
    })
    await client.listKeys()
    expect(calls[0]?.url).toBe('https://x.example/keys/v1/api_keys')
  })

  test.each([
    ['a page', () => new Response('<html>'), /is no JSON object/],
    ['an array', () => Response.json([]), /is no JSON object/],
    ['JSON of another API', () => Response.json({ data: [] }), /has no fitting "api_keys"/],
    ['an endless answer', () => endless(), /is larger than/],
  ])('%s with status 200 is an error', async (_, answer, message) => {
    const error = await errorFrom(answer)
    expect(error).toMatchObject({ status: 200, code: 'unexpected_answer' })
    expect(error.message).toMatch(message)
  })
})

describe('ApiError', () => {
  test('of a nested refusal, with all that it tells', async () => {
    const body = {
      error: { code: 'authentication_error', message: 'authentication_error', details: 'INCORRECT_API_KEY_SIGNATURE' },
      diagnosis: { cause: 'query_signed', hint: 'Sign the path only.' },
    }
    expect(
      await errorFrom(() => Response.json(body, { status: 401, headers: { 'x-request-id': 'r1' } })),
    ).toMatchObject({
      name: 'ApiError',
      status: 401,
      code: 'authentication_error',
      message: 'authentication_error',
      details: 'INCORRECT_API_KEY_SIGNATURE',
      requestId: 'r1',
      diagnosis: { cause: 'query_signed', hint: 'Sign the path only.' },
    })
  })

  test('of a flat refusal', async () => {
    const body = { code: 'bad_request', message: 'bad request', details: 'name: must be string' }
    expect(await errorFrom(() => Response.json(body, { status: 400 }))).toMatchObject({ status: 400, ...body })
  })

  test.each([
    ['7', 7],
    ['Sun, 22 Nov 2026 13:00:05 GMT', 5],
    ['Sun, 22 Nov 2026 12:00:00 GMT', 0],
    ['soon', undefined],
  ])('of a 429 with Retry-After %s', async (header, seconds) => {
    const answer = () =>
      Response.json({ error: 'too many requests' }, { status: 429, headers: { 'retry-after': header } })
    const error = await errorFrom(answer)
    expect(error).toMatchObject({ status: 429, code: 'too_many_requests', message: 'too many requests' })
    expect(error.retryAfterSeconds).toBe(seconds)
  })

  test('takes the request id of the body where it is', async () => {
    const body = { error: { code: 'internal_server_error', message: 'internal server error', request_id: 'r2' } }
    expect((await errorFrom(() => Response.json(body, { status: 500 }))).requestId).toBe('r2')
  })

  test('keeps details that are no text, as JSON', async () => {
    const body = { error: { code: 'a', message: 'b', details: { field: 'name' } } }
    expect((await errorFrom(() => Response.json(body, { status: 400 }))).details).toBe('{"field":"name"}')
  })

  test.each<[string, () => Response]>([
    ['a page of a proxy', () => new Response('<h1>Bad Gateway</h1>', { status: 502, headers: html() })],
    ['nothing', () => new Response(null, { status: 502, headers: html() })],
    ['JSON of another kind', () => Response.json({ error: { type: 'x' } }, { status: 502, headers: html() })],
    ['a bare text that is no 429', () => Response.json({ error: 'nope' }, { status: 502, headers: html() })],
    ['JSON that is no object', () => Response.json('nope', { status: 502, headers: html() })],
    ['an endless body', () => endless(502)],
  ])('of %s says what came', async (_, answer) => {
    expect(await errorFrom(answer)).toMatchObject({
      status: 502,
      code: 'unexpected_answer',
      message: 'an answer with status 502 and content type text/html is no answer of this API',
    })
  })

  test('keeps a bounded part of what the server wrote', async () => {
    const body = { error: { code: 'a', message: 'b'.repeat(5000) } }
    expect((await errorFrom(() => Response.json(body, { status: 400 }))).message).toHaveLength(1001)
  })
})

function html(): Record<string, string> {
  return { 'content-type': 'text/html' }
}

/** A body that never ends; a reader without a bound would never return. */
function endless(status = 200): Response {
  const chunk = new Uint8Array(64 * 1024).fill(0x20)
  const body = new ReadableStream({ pull: (controller) => controller.enqueue(chunk) })
  return new Response(body, { status, headers: html() })
}

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Allowed, type Denied, denied } from '@countersign/gate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROXY_KINDS } from '../config/config-schema.ts'
import { answerAllowed, answerObserved, answerRefused } from './answer.ts'

const ID = '11111111-1111-4111-8111-111111111111'
const ALICE = {
  allowed: {
    accountId: 'account-1',
    keyId: 'key-1',
    scopes: ['read', 'write::trade'],
    tier: 'basic',
    profile: 'access-headers',
  },
} satisfies Allowed

const server = createServer((_, response) => answer(response))
let answer: (response: ServerResponse) => void = (response) => void response.end()
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())

/** What goes over the wire. */
async function sent(write: (response: ServerResponse) => void): Promise<{
  status: number
  headers: IncomingHttpHeaders
  rawHeaders: string[]
  body: string
}> {
  answer = write
  const { port } = server.address() as AddressInfo
  const asked = request({ host: '127.0.0.1', port, agent: false }).end()
  const [response] = await once(asked, 'response')
  const { statusCode: status, headers, rawHeaders } = response
  return { status, headers, rawHeaders, body: await text(response) }
}

describe('answerAllowed', () => {
  test('all identity headers, each once, empty where there is no value', async () => {
    const { status, headers, rawHeaders, body } = await sent((response) => answerAllowed(response, ID, ALICE))
    expect({ status, body }).toEqual({ status: 200, body: '' })
    expect(headers).toMatchObject({
      'x-countersign-account': 'account-1',
      'x-countersign-key': 'key-1',
      'x-countersign-scopes': 'read write::trade',
      'x-countersign-subaccount': '',
      'x-countersign-profile': 'access-headers',
      'x-countersign-digest': 'none',
      'x-countersign-request-id': ID,
      'content-length': '0',
    })
    const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
    expect(new Set(names).size).toBe(names.length)
  })

  test('sub-account 0 is one', async () => {
    const allowed: Allowed = { allowed: { ...ALICE.allowed, subaccount: 0 } }
    const { headers } = await sent((response) => answerAllowed(response, ID, allowed))
    expect(headers['x-countersign-subaccount']).toBe('0')
  })

  test('a digest that is still to be checked is said', async () => {
    const allowed: Allowed = { ...ALICE, uncheckedDigest: 'sha-256=:AA==:' }
    const { headers } = await sent((response) => answerAllowed(response, ID, allowed))
    expect(headers['x-countersign-digest']).toBe('unchecked')
  })

  test.each([
    ['customer 7', 'customer 7'],
    ['~!#', '~!#'],
    ['a\r\nX-Countersign-Key: b', 'account-1'],
    ['é', 'account-1'],
    ['', 'account-1'],
    [' a', 'account-1'],
    ['a ', 'account-1'],
    ['a\tb', 'account-1'],
  ])("the provider's own id %j goes as %j", async (externalId, expected) => {
    const allowed: Allowed = { allowed: { ...ALICE.allowed, externalId } }
    const { headers } = await sent((response) => answerAllowed(response, ID, allowed))
    expect(headers['x-countersign-account']).toBe(expected)
  })
})

test('answerAllowed, on a public route: every identity header is there and empty', async () => {
  const { status, headers } = await sent((response) => answerAllowed(response, ID, { allowed: undefined }))
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'x-countersign-account': '',
    'x-countersign-key': '',
    'x-countersign-scopes': '',
    'x-countersign-subaccount': '',
    'x-countersign-profile': '',
    'x-countersign-digest': '',
    'x-countersign-request-id': ID,
  })
  expect(headers).not.toHaveProperty('x-countersign-observed')
})

test('answerObserved: let pass, and from nobody', async () => {
  const { status, headers } = await sent((response) => answerObserved(response, ID, denied('key_revoked')))
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'x-countersign-account': '',
    'x-countersign-key': '',
    'x-countersign-scopes': '',
    'x-countersign-subaccount': '',
    'x-countersign-profile': '',
    'x-countersign-digest': '',
    'x-countersign-request-id': ID,
    'x-countersign-observed': 'key_revoked',
  })
})

describe.each(PROXY_KINDS)('answerRefused, to %s', (source) => {
  const refused = (refusal: Denied) => sent((response) => answerRefused(response, ID, refusal, source))

  test.each([
    [denied('credentials_missing'), 401],
    [denied('insufficient_scope', 'write::trade'), 403],
    [denied('target_not_canonical', 'it contains //a'), 400],
    [denied('service_unavailable'), 503],
    [denied('internal_error'), 500],
  ])('%j', async (refusal, status) => {
    const { headers, body, ...answered } = await refused(refusal)
    const { error } = JSON.parse(body)
    expect(error.details).toBe(refusal.details)
    expect(headers).toMatchObject({ 'x-request-id': ID, 'content-type': 'application/json; charset=utf-8' })
    if (source !== 'nginx') {
      expect(answered.status).toBe(status)
      expect(headers).not.toHaveProperty('x-countersign-refusal')
      return
    }
    expect(answered.status).toBe(status === 401 ? 401 : 403)
    expect(headers).toMatchObject({ 'x-countersign-status': `${status}`, 'x-countersign-refusal': body })
  })

  test('an empty token bucket, with when to come back', async () => {
    const limit = { name: 'read', bucket: 'a read', cost: 10, capacity: 600, refillPerSecond: 200 }
    const { headers, body } = await refused({ ...denied('too_many_requests'), retryAfterSeconds: 3, limit })
    expect(body).toBe('{"error":"too many requests"}')
    expect(headers).toMatchObject({
      'retry-after': '3',
      ratelimit: '"read";r=0;t=3',
      'ratelimit-policy': '"read";q=600;w=3',
    })
  })

  test('whatever its details hold, it can stand in a header and reads the same', async () => {
    const details = 'a\r\nX-Countersign-Account: b\t"é\u0000\u{1f600}\\'
    const { headers, body } = await refused(denied('request_malformed', details))
    expect(JSON.parse(body).error.details).toBe(details)
    expect(body).toMatch(/^[\x20-\x7e]*$/)
    expect(headers).not.toHaveProperty('x-countersign-account')
  })
})

import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { JWK, KEY_ID, listen, type Received, type Seen } from '../test/verifying-server.ts'
import { createSignedFetch } from './signed-fetch.ts'

const REQUIRED = '{"error":{"code":"nonce_required","message":"nonce required"}}'
const RANDOM = '[\\w-]{22}'

function nonceOf({ headers }: Received): string {
  return /;nonce="([^"]+)"/.exec(String(headers['signature-input']))?.[1] ?? ''
}

function fetchOf(
  origin: string,
  options: { serverNonce?: boolean | string; now?: () => number } = { serverNonce: true },
) {
  return createSignedFetch({ keyId: KEY_ID, privateKey: JWK, baseUrl: origin, ...options })
}

/** Lets in what carries the present nonce, and refuses all else with it. */
function askFor(given: () => string) {
  return (seen: Seen, response: ServerResponse) => {
    const nonce = given()
    if (nonceOf(seen).startsWith(`${nonce}.`)) return void response.end('ok')
    response.writeHead(401, { 'countersign-nonce': nonce }).end(REQUIRED)
  }
}

/** Answers alike whatever comes. */
function always(status: number, headers: Readonly<Record<string, string>>, body: string) {
  return (_: Seen, response: ServerResponse) => void response.writeHead(status, headers).end(body)
}

describe('a server that asks for its nonce', () => {
  test('gets the one that it gave in another way with the first request; one that does not fit is none', async () => {
    const { origin, seen } = await listen(askFor(() => 'n1'))
    expect((await fetchOf(origin, { serverNonce: 'n1' })('/a')).status).toBe(200)
    expect(seen).toHaveLength(1)
    expect((await fetchOf(origin, { serverNonce: 'does not fit' })('/b')).status).toBe(200)
    expect(seen).toHaveLength(3)
  })

  test('gets it with the request sent again, its body too, and with all that follow', async () => {
    const { origin, seen } = await listen(askFor(() => 'n1'))
    const fetch = fetchOf(origin)
    expect(await (await fetch('/a', { method: 'POST', body: 'payload' })).text()).toBe('ok')
    expect(await (await fetch('/b')).text()).toBe('ok')
    expect(seen.map(({ target, body, verified }) => [target, body, verified])).toEqual([
      ['/a', 'payload', true],
      ['/a', 'payload', true],
      ['/b', '', true],
    ])
    const nonces = seen.map(nonceOf)
    expect(nonces[0]).toMatch(new RegExp(`^${RANDOM}$`))
    for (const nonce of nonces.slice(1)) expect(nonce).toMatch(new RegExp(`^n1\\.${RANDOM}$`))
    expect(new Set(nonces).size).toBe(3)
  })

  test('gets its next one when the last no longer counts', async () => {
    let current = 'n1'
    const { origin, seen } = await listen(askFor(() => current))
    const fetch = fetchOf(origin)
    await fetch('/a')
    current = 'n2'
    expect((await fetch('/b')).status).toBe(200)
    expect(seen.map((one) => nonceOf(one).split('.', 1)[0]).slice(1)).toEqual(['n1', 'n1', 'n2'])
  })

  test('gets it from requests that were under way together', async () => {
    const { origin } = await listen(askFor(() => 'n1'))
    const fetch = fetchOf(origin)
    const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => fetch(`/${i}`)))
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200))
  })

  test('gets what its last answer gave, whatever that answer was', async () => {
    const { origin, seen } = await listen(always(404, { 'countersign-nonce': 'n7' }, ''))
    const fetch = fetchOf(origin)
    await fetch('/a')
    await fetch('/b')
    expect(seen.map((one) => nonceOf(one).startsWith('n7.'))).toEqual([false, true])
  })

  test('may refuse the time as well: each is put right once', async () => {
    const serverTime = Date.now()
    let expired = 1
    const { origin, seen } = await listen((one, response) => {
      if (expired-- > 0) {
        response.writeHead(401, { date: new Date(serverTime).toUTCString() })
        return void response.end('{"error":{"code":"header_timestamp_expired"}}')
      }
      askFor(() => 'n1')(one, response)
    })
    const fetch = fetchOf(origin, { serverNonce: true, now: () => serverTime - 3_600_000 })
    expect((await fetch('/a')).status).toBe(200)
    expect(seen).toHaveLength(3)
  })
})

describe('a refusal for the lack of a nonce is handed on', () => {
  test('where it comes a second time', async () => {
    const { origin, seen } = await listen(always(401, { 'countersign-nonce': 'n1' }, REQUIRED))
    const response = await fetchOf(origin)('/a')
    expect([response.status, await response.text(), seen.length]).toEqual([401, REQUIRED, 2])
  })

  test.each([
    ['where it carries none', {}, REQUIRED],
    ['where it carries one that leaves no room', { 'countersign-nonce': 'n'.repeat(106) }, REQUIRED],
    ['where it carries what is no nonce', { 'countersign-nonce': 'a b"' }, REQUIRED],
    ['where the refusal is another', { 'countersign-nonce': 'n1' }, '{"error":{"code":"authentication_error"}}'],
  ])('%s', async (_, headers, body) => {
    const { origin, seen } = await listen(always(401, headers, body))
    const response = await fetchOf(origin)('/a')
    expect([response.status, await response.text(), seen.length]).toEqual([401, body, 1])
  })

  test('where the client was not told to take it up', async () => {
    const { origin, seen } = await listen(askFor(() => 'n1'))
    expect((await fetchOf(origin, {})('/a')).status).toBe(401)
    expect(seen.map(nonceOf)).toEqual([expect.stringMatching(new RegExp(`^${RANDOM}$`))])
  })
})

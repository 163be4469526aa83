import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserPath, launchBrowser, requireBrowser } from '../support/browser.ts'
import { bundleForBrowser } from '../support/bundle-for-browser.ts'
import { type GivenKey, givenCustomer, givenKey, givenOperator } from '../support/given-key.ts'
import { messageSignature } from '../support/proxy/message-signature.ts'
import { PROXIES, useProxied } from '../support/proxy/proxied.ts'
import { send } from '../support/proxy/send.ts'

/** What the page has beside a browser's own: the client, as browsers load it. */
declare const countersign: typeof import('@countersign/client')

const ORDERS = '/trade-api/v2/orders'
const PREFLIGHT = [
  ['Access-Control-Request-Method', 'POST'],
  ['Access-Control-Request-Headers', 'content-digest,content-type,signature,signature-input'],
] as const

/** Serves a page that has the client, at an origin of its own. */
const site: Server = createServer((request, response) => {
  const isScript = request.url === '/client.js'
  response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
  response.end(isScript ? bundle : PAGE)
})
const PAGE = '<!doctype html><script type="module">import * as it from "/client.js"; window.countersign = it</script>'

let bundle = ''
let origin = ''
let browser: Browser | undefined
beforeAll(async () => {
  bundle = await bundleForBrowser('@countersign/client')
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  browser = browserPath() === undefined ? undefined : await launchBrowser()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  site.close()
})

describe.each(PROXIES)('a page of another origin, through %s', (kind) => {
  const proxied = useProxied(kind, {
    edit: (recipe) => onlyForCustomers(recipe.replaceAll('https://app.example.com', origin)),
    config: {
      rules: [
        { match: 'GET /status', public: true },
        { match: 'GET /narrow', scope: 'write::trade' },
        { match: '* /**', scope: 'read' },
      ],
    },
  })
  let alice: GivenKey | undefined

  async function customer(): Promise<GivenKey> {
    const { database } = proxied()
    alice ??= await givenKey(database, await givenCustomer(database, 'Alice'), { scopes: ['read'] })
    return alice
  }

  const from = (from: string) => [['Origin', from]] as const
  const ask = (target: string, headers: readonly (readonly [string, string])[], method = 'GET') =>
    send(proxied().port, { method, target, headers })

  test('a preflight is answered for a listed origin, and asked about for another', async () => {
    for (const target of [ORDERS, '/trade-api/v2/api_keys']) {
      const answer = await ask(target, [...from(origin), ...PREFLIGHT], 'OPTIONS')
      expect(answer.status).toBe(204)
      expect(answer.headers['access-control-allow-origin']).toBe(origin)
      expect(answer.headers['access-control-allow-methods']).toContain('POST')
      const allowed = answer.headers['access-control-allow-headers']?.toLowerCase().split(', ') ?? []
      for (const name of PREFLIGHT[1][1].split(',')) expect(allowed).toContain(name)
    }
    const before = proxied().upstream.received.length
    const other = await ask(ORDERS, [...from('https://evil.example'), ...PREFLIGHT], 'OPTIONS')
    expect(other.status).toBe(401)
    expect(other.headers['access-control-allow-origin']).toBeUndefined()
    expect((await ask(ORDERS, from(origin), 'OPTIONS')).status).toBe(401)
    expect(proxied().upstream.received).toHaveLength(before)
  })

  test.each([ORDERS, '/trade-api/v2/api_keys', `${ORDERS}/%2f`, '/trade-api/v2/status'])(
    'the answer to %s says which page may read it, once',
    async (target) => {
      const answer = await ask(target, [...from(origin), ['X-Answer-Access-Control', 'yes']])
      expect(answer.headers['access-control-allow-origin']).toBe(origin)
      expect(answer.headers.vary?.toLowerCase()).toContain('origin')
      const exposed = answer.headers['access-control-expose-headers']?.toLowerCase() ?? ''
      for (const name of ['date', 'retry-after', 'ratelimit', 'www-authenticate', 'accept-signature']) {
        expect(exposed).toContain(name)
      }
      const other = await ask(target, from('https://evil.example'))
      expect(other.headers['access-control-allow-origin']).toBeUndefined()
      expect(other.headers['access-control-expose-headers']).toBeUndefined()
    },
  )

  test('a public route passes unsigned, and the API is told of no caller', async () => {
    const forged = [
      ['X-Countersign-Account', 'me'],
      ['X-Countersign-Key', 'me'],
    ] as const
    const answer = await ask('/trade-api/v2/status', forged)
    expect(answer.status).toBe(200)
    const { headers } = JSON.parse(answer.text) as { headers: [string, string][] }
    const told = headers.filter(([name]) => /^x-countersign-(?!request-id)/i.test(name))
    expect(told.filter(([, value]) => value !== '')).toEqual([])
  })

  test('a block that was left out leads nowhere, for an operator too', async () => {
    const here = proxied()
    const authority = `127.0.0.1:${here.port}`
    const signed = async (key: GivenKey, target: string) =>
      ask(target, messageSignature(key, { method: 'GET', target, authority }))
    const operator = await givenOperator(here.database)
    for (const target of ['/admin/v1/accounts', '/dashboard', '/docs', '/openapi.json']) {
      expect((await ask(target, [])).status).toBe(401)
      const answer = await signed(operator, target)
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('route_not_allowed')
    }
    expect((await signed(await customer(), '/trade-api/v2/whoami')).text).toContain('"account_id"')
  })

  test.for(['http-message-signatures', 'access-headers'] as const)(
    'in Chromium, signs by %s, is accepted, is refused, and reads the diagnosis',
    { timeout: 60_000 },
    async (profile, context) => {
      requireBrowser(context)
      const { page, close } = await openPage()
      const { keyId, privateKey } = await customer()
      const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
      const url = `http://127.0.0.1:${proxied().port}`
      const seen = await page.evaluate(
        async ({ url, keyId, pem, profile, orders }) => {
          const signed = countersign.createSignedFetch({ keyId, privateKey: pem, profile, baseUrl: url })
          const read = async (response: Response) => ({
            status: response.status,
            challenge: response.headers.get('www-authenticate'),
            body: (await response.json()) as { method?: string; error?: object; diagnosis?: { cause: string } },
          })
          const accepted = await read(
            await signed(orders, {
              method: 'POST',
              body: '{"side":"buy"}',
              headers: { 'content-type': 'application/json' },
            }),
          )
          const narrow = await read(await signed('/trade-api/v2/narrow'))
          const unsigned = await read(await fetch(url + orders))
          // A clock that is an hour slow, and never set right.
          const now = () => Date.now() - 3_600_000
          const clocked = countersign.createRequestSigner({ keyId, privateKey: pem, profile, now })
          const headers = await clocked({ method: 'GET', url: new URL(url + orders) })
          const late = await read(await fetch(url + orders, { headers: headers as Record<string, string> }))
          // The server's Date is readable: the client sets its clock by it.
          const corrected = await read(
            await countersign.createSignedFetch({ keyId, privateKey: pem, profile, baseUrl: url, now })(orders),
          )
          return { accepted, narrow, unsigned, late, corrected }
        },
        { url, keyId, pem, profile, orders: ORDERS },
      )
      expect(seen.accepted).toMatchObject({ status: 200, body: { method: 'POST' } })
      expect(seen.narrow).toMatchObject({ status: 403, body: { error: { code: 'insufficient_scope' } } })
      expect(seen.unsigned).toMatchObject({ status: 401, challenge: 'Signature realm="countersign"' })
      expect(seen.late).toMatchObject({ status: 401, body: { error: { code: 'header_timestamp_expired' } } })
      expect(seen.late.body.diagnosis?.cause).toEqual(expect.any(String))
      expect(seen.corrected).toMatchObject({ status: 200 })
      await close()
    },
  )

  async function openPage(): Promise<{ readonly page: Page; close(): Promise<void> }> {
    if (!browser) throw new Error('Chromium did not start')
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(origin)
    await page.waitForFunction(() => 'countersign' in window)
    return { page, close: () => context.close() }
  }
})

/** A recipe without the blocks that one can leave out, whichever of the two it is. */
function onlyForCustomers(recipe: string): string {
  return recipe
    .replace(/^ {4}location ~ \^\/(?:admin|dashboard|\(\?:docs)[^\n]*\{\n[^}]*\}\n/gm, '')
    .replace(/^\t@(?:reference|dashboard|operators) [^\n]*\n\thandle @\w+ \{\n[^}]*\}\n/gm, '')
}

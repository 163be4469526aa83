import { describe, expect, test } from 'vitest'
import { givenAccount } from '../../packages/server/test/records.ts'
import { type GivenKey, givenCustomer, givenKey } from '../support/given-key.ts'
import { loggedOf } from '../support/proxy/logged.ts'
import { messageSignature } from '../support/proxy/message-signature.ts'
import { PROXIES, type Proxied, useProxied } from '../support/proxy/proxied.ts'
import { send, type ToSend } from '../support/proxy/send.ts'
import { type Received, valuesOf } from '../support/proxy/upstream.ts'

const ORDERS = '/trade-api/v2/orders'
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** What only Countersign may say, and what an upstream might follow instead of the request line. */
const NEVER_A_CLIENTS = [
  'X-Countersign-Account',
  'X-Countersign-Key',
  'X-Countersign-Scopes',
  'X-Countersign-Subaccount',
  'X-Countersign-Profile',
  'X-Countersign-Digest',
  'X-Countersign-Request-Id',
  'X-Countersign-Status',
  'X-Countersign-Refusal',
  'X-Countersign-Observed',
  'X-Original-Method',
  'X-Original-URI',
  'X-Original-URL',
  'X-Original-Host',
  'X-Original-Content-Length',
  'X-Original-Transfer-Encoding',
  'X-Original-Upgrade',
  'X-Rewrite-URL',
  'X-Forwarded-Method',
  'X-Forwarded-Uri',
  'X-Forwarded-Prefix',
  'X-HTTP-Method',
  'X-HTTP-Method-Override',
  'X-Method-Override',
]

/** How a client writes a name so that a reader takes it for that name. */
const SPELLINGS: readonly (readonly [what: string, spell: (name: string) => string])[] = [
  ['as it is', (name) => name],
  ['in lower case', (name) => name.toLowerCase()],
  ['in upper case', (name) => name.toUpperCase()],
  ['with underscores', (name) => name.replaceAll('-', '_')],
  ['with one underscore', (name) => name.replace(/-(?=[^-]*$)/, '_')],
  ['with an underscore first', (name) => name.replace('-', '_')],
  ['with underscores, in upper case', (name) => name.replaceAll('-', '_').toUpperCase()],
]

describe.each(PROXIES)('who called, through %s', (kind) => {
  const proxied = useProxied(kind)
  let alice: GivenKey | undefined

  async function callerIn({ database }: Proxied): Promise<GivenKey> {
    alice ??= await givenKey(database, await givenCustomer(database, 'Alice'))
    return alice
  }

  /** Sends a request that is let pass, and returns it as the API received it. */
  async function passed(request: ToSend): Promise<Received> {
    const answer = await send(proxied().port, request)
    expect(answer.status).toBe(200)
    return JSON.parse(answer.text)
  }

  test('all of it reaches the API, once each', async () => {
    const here = proxied()
    const { accountId } = await givenAccount(here.database, { name: 'Bob', externalId: 'customer 7' })
    const bob = await givenKey(here.database, accountId, { subaccount: 7, scopes: ['read', 'write::trade'] })
    expect(identityOf(await passed({ target: ORDERS, as: bob }))).toEqual({
      'x-countersign-account': ['customer 7'],
      'x-countersign-key': [bob.keyId],
      'x-countersign-scopes': ['read write::trade'],
      'x-countersign-subaccount': ['7'],
      'x-countersign-profile': ['access-headers'],
      'x-countersign-digest': ['none'],
      'x-countersign-request-id': [expect.stringMatching(UUID_V4)],
    })
  })

  test('an account without an id of the provider goes by its own; without a sub-account there is none', async () => {
    const caller = await callerIn(proxied())
    const { 'x-countersign-subaccount': subaccount, ...identity } = identityOf(
      await passed({ target: ORDERS, as: caller }),
    )
    expect(identity).toMatchObject({
      'x-countersign-account': [caller.accountId],
      'x-countersign-key': [caller.keyId],
      'x-countersign-scopes': ['read write'],
    })
    // nginx leaves a header out that Caddy sends empty.
    expect(subaccount).toEqual(kind === 'nginx' ? undefined : [''])
  })

  test('an account whose id cannot stand in a header goes by its own', async () => {
    const here = proxied()
    const { accountId } = await givenAccount(here.database, { name: 'Eve', externalId: 'a\r\nX-Countersign-Key: b' })
    const eve = await givenKey(here.database, accountId)
    const received = await passed({ target: ORDERS, as: eve })
    expect(valuesOf(received, 'x-countersign-account')).toEqual([accountId])
    expect(valuesOf(received, 'x-countersign-key')).toEqual([eve.keyId])
  })

  test('the other profile, with a digest that the API has to check', async () => {
    const here = proxied()
    const caller = await callerIn(here)
    const body = '{"side":"buy"}'
    const message = { method: 'POST', target: `${ORDERS}?a=b`, authority: `127.0.0.1:${here.port}`, body }
    const headers = messageSignature(caller, message)
    const received = await passed({ method: 'POST', target: message.target, headers, body })
    expect(identityOf(received)).toMatchObject({
      'x-countersign-key': [caller.keyId],
      'x-countersign-profile': ['http-message-signatures'],
      'x-countersign-digest': ['unchecked'],
    })
    expect(valuesOf(received, 'content-digest')).toEqual([Object.fromEntries(headers)['Content-Digest']])
    expect(received).toMatchObject({ method: 'POST', target: message.target, body })
  })

  describe.each(SPELLINGS)("a client's own, %s", (_, spell) => {
    const forged = NEVER_A_CLIENTS.map((name) => [spell(name), 'forged'] as const)

    test('never reach the API', async () => {
      const caller = await callerIn(proxied())
      const received = await passed({ target: ORDERS, as: caller, headers: forged })
      expect(valuesThatReach(received)).not.toContain('forged')
      expect(valuesOf(received, 'x-countersign-account')).toEqual([caller.accountId])
    })

    test('never reach it twice given, or listed in Connection', async () => {
      const caller = await callerIn(proxied())
      const listed = ['Connection', ['close', ...NEVER_A_CLIENTS.map(spell)].join(', ')] as const
      const received = await passed({ target: ORDERS, as: caller, headers: [...forged, listed, ...forged] })
      expect(valuesThatReach(received)).not.toContain('forged')
      expect(identityOf(received)).toMatchObject({
        'x-countersign-account': [caller.accountId],
        'x-countersign-key': [caller.keyId],
        'x-countersign-scopes': ['read write'],
        'x-countersign-profile': ['access-headers'],
        'x-countersign-digest': ['none'],
        'x-countersign-request-id': [expect.stringMatching(UUID_V4)],
      })
    })

    test('never reach it without a signature', async () => {
      const { port, upstream } = proxied()
      const before = upstream.received.length
      expect((await send(port, { target: ORDERS, headers: forged })).status).toBe(401)
      expect(upstream.received).toHaveLength(before)
    })
  })

  test.each([
    'x-countersign-account',
    'X-COUNTERSIGN-KEY, X-Countersign-Scopes',
    'Kalshi-Access-Key',
    'X-Forwarded-For',
  ])('Connection: %s takes nothing away that counts', async (listed) => {
    const caller = await callerIn(proxied())
    const received = await passed({ target: ORDERS, as: caller, headers: [['Connection', `keep-alive, ${listed}`]] })
    expect(valuesOf(received, 'x-countersign-account')).toEqual([caller.accountId])
    expect(valuesOf(received, 'x-countersign-key')).toEqual([caller.keyId])
    expect(valuesOf(received, 'x-forwarded-for')).toEqual(['127.0.0.1'])
  })

  test('Connection cannot hide a body from what is signed', async () => {
    const here = proxied()
    const headers = messageSignature(await callerIn(here), {
      method: 'POST',
      target: ORDERS,
      authority: `127.0.0.1:${here.port}`,
    })
    const hiding = ['Connection', 'X-Forwarded-Content-Length, X-Original-Content-Length, X-Original-Transfer-Encoding']
    for (const body of ['{}', ['{', '}']]) {
      const answer = await send(here.port, {
        method: 'POST',
        target: ORDERS,
        headers: [
          ...headers,
          hiding as [string, string],
          ['X-Original-Content-Length', '0'],
          ['X-Forwarded-Content-Length', '0'],
        ],
        body,
      })
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'signature_coverage_insufficient' } })
    }
  })

  test("the request's id is the same at the API, at the client and in the log", async () => {
    const here = proxied()
    const refused = await send(here.port, { target: ORDERS })
    expect(await loggedOf(here.server(), refused.headers['x-request-id'])).toMatchObject({
      refusal: 'credentials_missing',
    })
    const ids = new Set<string>()
    for (let i = 0; i < 3; i++) {
      const received = await passed({ target: ORDERS, as: await callerIn(here) })
      for (const id of valuesOf(received, 'x-countersign-request-id')) ids.add(id)
    }
    expect(ids.size).toBe(3)
  })
})

/** All that says who called, by the name as a reader would take it that cannot tell `_` from `-`. */
function identityOf({ headers }: Received): Record<string, string[] | undefined> {
  const identity: Record<string, string[]> = {}
  for (const [name, value] of headers) {
    const read = name.toLowerCase().replaceAll('_', '-')
    if (read.startsWith('x-countersign-')) identity[read] = [...(identity[read] ?? []), value]
  }
  return identity
}

function valuesThatReach({ headers }: Received): string[] {
  return headers.map(([, value]) => value)
}

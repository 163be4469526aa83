import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from '../support/given-key.ts'
import { accessHeaders } from '../support/key-holder.ts'
import { loggedOf } from '../support/proxy/logged.ts'
import { PROXIES, type Proxied, useProxied } from '../support/proxy/proxied.ts'
import { send } from '../support/proxy/send.ts'
import { valuesOf } from '../support/proxy/upstream.ts'

const ORDERS = '/trade-api/v2/orders'
/** The proxy's own address is trusted, and so is that of a proxy before it. */
const TRUSTED = ['127.0.0.1', '127.0.0.3']
const CLIENT = '127.0.0.7'

describe.each(PROXIES)("the caller's address, through %s", (kind) => {
  const proxied = useProxied(kind, { config: { trustedProxies: TRUSTED } })
  let alice: GivenKey | undefined

  async function listed({ database }: Proxied): Promise<GivenKey> {
    alice ??= await givenKey(database, await givenCustomer(database, 'Alice'), {
      ipAllowlist: [CLIENT, '2001:db8::/32'],
    })
    return alice
  }

  test('is the one that the connection came from', async () => {
    const { port } = proxied()
    const as = await listed(proxied())
    expect((await send(port, { target: ORDERS, as, from: CLIENT })).status).toBe(200)
    expect((await send(port, { target: ORDERS, as, from: '127.0.0.8' })).status).toBe(403)
  })

  test.each([
    ['one address', [CLIENT]],
    ['several', [`203.0.113.9, ${CLIENT}`]],
    ['two headers', ['203.0.113.9', CLIENT]],
    ['that of the proxy', ['127.0.0.1']],
    ['no address', ['unknown']],
  ])('is not what a client says of itself: %s', async (_, said) => {
    const here = proxied()
    const as = await listed(here)
    const headers = said.map((value) => ['X-Forwarded-For', value] as const)
    const answer = await send(here.port, { target: ORDERS, as, headers, from: '127.0.0.8' })
    expect(answer.status).toBe(403)
    const logged = await loggedOf(here.server(), answer.headers['x-request-id'])
    expect(logged).toMatchObject({ refusal: 'ip_not_allowed', ip: '127.0.0.8' })
  })

  test('reaches the API', async () => {
    const { port, upstream } = proxied()
    await send(port, { target: ORDERS, as: await listed(proxied()), from: CLIENT })
    const last = upstream.received.at(-1)
    expect(last && valuesOf(last, 'x-forwarded-for')).toEqual([CLIENT])
  })
})

describe('behind another proxy that is trusted, through nginx', () => {
  const proxied = useProxied('nginx', { config: { trustedProxies: TRUSTED } })

  test.each([
    ['the one it names', [CLIENT], 200],
    ['the last one that is no proxy', [`203.0.113.9, ${CLIENT}`], 200],
    ['the last one, not the first', [`${CLIENT}, 203.0.113.9`], 403],
    ['past all that are trusted', [`${CLIENT}, 127.0.0.3, 127.0.0.1`], 200],
    ['over two headers', ['203.0.113.9', CLIENT], 200],
    ['an address of IPv6', ['2001:db8::7'], 200],
    ['none at all', ['unknown'], 400],
    ['nothing', [''], 400],
  ])('the address is %s', async (_, said, status) => {
    const here = proxied()
    const as = await givenKey(here.database, await givenCustomer(here.database, `Alice ${said}`), {
      ipAllowlist: [CLIENT, '2001:db8::/32'],
    })
    const headers = said.map((value) => ['X-Forwarded-For', value] as const)
    const answer = await send(here.port, { target: ORDERS, as, headers, from: '127.0.0.3' })
    expect(answer.status).toBe(status)
  })
})

describe('who may ask', () => {
  const proxied = useProxied('nginx', {
    config: { trustedProxies: ['127.0.0.1'] },
    // nginx asks from an address that nobody trusts.
    edit: (recipe) => recipe.replace('        proxy_pass_request_body off;', '$&\n        proxy_bind 127.0.0.2;'),
  })

  test('a proxy that is not trusted learns nothing, however good the signature', async () => {
    const here = proxied()
    const as = await givenKey(here.database, await givenCustomer(here.database, 'Alice'))
    const answer = await send(here.port, { target: ORDERS, as })
    expect({ status: answer.status, body: JSON.parse(answer.text) }).toMatchObject({
      status: 403,
      body: { error: { code: 'peer_not_trusted' } },
    })
    const line = 'trustedProxies: [\\"127.0.0.1\\",\\"127.0.0.2\\"]'
    await eventually(5_000, () => here.server().stdout().includes(line))
    expect(here.upstream.received).toHaveLength(0)
  })

  test('anybody else who asks is refused too, from wherever', async () => {
    const { ports, database } = proxied()
    const as = await givenKey(database, await givenCustomer(database, 'Bob'))
    const question = [
      ['X-Original-Method', 'GET'],
      ['X-Original-URI', ORDERS],
      ...Object.entries(accessHeaders(as, 'GET', ORDERS)),
    ] as const
    const ask = (from: string) => send(ports.authorize, { target: '/authorize', headers: question, from })
    expect((await ask('127.0.0.2')).status).toBe(403)
    expect((await ask('127.0.0.1')).status).toBe(200)
  })
})

describe.each([
  ['nginx', 'caddy', 503],
  ['caddy', 'nginx', 403],
] as const)('%s before a Countersign that expects %s', (kind, source, status) => {
  const proxied = useProxied(kind, { config: { authorize: { source } } })

  test('refuses all', async () => {
    const here = proxied()
    const as = await givenKey(here.database, await givenCustomer(here.database, 'Alice'))
    expect((await send(here.port, { target: ORDERS, as })).status).toBe(status)
    expect(here.upstream.received).toHaveLength(0)
    await eventually(5_000, () => here.server().stdout().includes('is not a header of the configured proxy'))
  })
})

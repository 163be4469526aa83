import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../support/call.ts'
import { eventually } from '../support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from '../support/given-key.ts'
import { accessHeaders, bootstrapKey } from '../support/key-holder.ts'
import { loggedOf } from '../support/proxy/logged.ts'
import { PROXIES, type Proxied, useProxied } from '../support/proxy/proxied.ts'
import { send, type ToSend } from '../support/proxy/send.ts'
import { valuesOf } from '../support/proxy/upstream.ts'

const ORDERS = '/trade-api/v2/orders'
const UNAVAILABLE = '{"error":{"code":"service_unavailable","message":"service unavailable"}}'

describe.each(PROXIES)('Countersign fails behind %s', (kind) => {
  const proxied = useProxied(kind)
  let alice: GivenKey | undefined

  async function get(headers: ToSend['headers'] = []): Promise<Answer> {
    const { database, port } = proxied()
    alice ??= await givenKey(database, await givenCustomer(database, 'Alice'))
    return send(port, { target: ORDERS, as: alice, headers })
  }

  test('killed while many call: nothing more passes, then all of it again', async () => {
    const here = proxied()
    expect((await get()).status).toBe(200)

    let isDown = false
    const wrong: string[] = []
    const refusedWith = new Set<string>()
    const callers = Array.from({ length: 16 }, async () => {
      for (let after = 0; after < 5; after += isDown ? 1 : 0) {
        const startedDown = isDown
        const { status, text } = await get()
        if (status === 200 && startedDown) wrong.push('let pass without a decision')
        if (status !== 200 && (status !== 503 || text !== UNAVAILABLE)) wrong.push(`${status} ${text}`)
        if (status !== 200) refusedWith.add(text)
      }
    })
    await eventually(10_000, () => here.upstream.received.length > 50)
    await here.killServer()
    isDown = true
    await Promise.all(callers)
    expect(wrong).toEqual([])
    expect([...refusedWith]).toEqual([UNAVAILABLE])

    const before = here.upstream.received.length
    const answer = await get([['X-Countersign-Account', 'forged']])
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 503, text: UNAVAILABLE })
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' })
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{32,36}$/)
    expect(here.upstream.received).toHaveLength(before)
    expect((await send(here.port, { target: '/trade-api/v2/api_keys' })).status).toBe(503)

    await here.restartServer()
    const again = await get()
    expect(again.status).toBe(200)
    expect(valuesOf(JSON.parse(again.text), 'x-countersign-account')).toEqual([alice?.accountId])
  })

  test('a copy of an order from before the crash stays refused after it', async () => {
    const here = proxied()
    const rsa = await bootstrapKey(here.databaseUrl, 'RSA', 'rsa')
    const order = (): ToSend => ({
      method: 'POST',
      target: ORDERS,
      headers: Object.entries(accessHeaders(rsa, 'POST', ORDERS)),
      body: '{}',
    })
    const used = order()
    const unused = order()
    expect((await send(here.port, used)).status).toBe(200)
    await here.killServer()
    await here.restartServer()
    const orders = () => here.upstream.received.filter(({ method }) => method === 'POST').length
    const before = orders()
    for (const old of [used, unused]) {
      const answer = await send(here.port, old)
      expect(answer.status).toBe(401)
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'header_timestamp_expired' } })
    }
    expect(orders()).toBe(before)
    expect((await send(here.port, order())).status).toBe(200)
  })

  test('too slow: 503 within the stated time, then all of it again', async () => {
    const here = proxied()
    expect((await get()).status).toBe(200)
    const before = here.upstream.received.length
    here.server().signal('SIGSTOP')
    await eventually(5_000, async () => (await stateOf(here.server().pid)) === 'T')
    try {
      const startedAt = performance.now()
      const answer = await get()
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 503, text: UNAVAILABLE })
      expect(performance.now() - startedAt).toBeGreaterThan(900)
      expect(performance.now() - startedAt).toBeLessThan(8_000)
      expect(here.upstream.received).toHaveLength(before)
    } finally {
      here.server().signal('SIGCONT')
    }
    expect((await get()).status).toBe(200)
  })

  test("the API's absence is no failure of Countersign", async () => {
    const here = proxied()
    await here.upstream.close()
    const answer = await get()
    expect(answer.status).toBe(502)
    expect(answer.text).not.toContain('service_unavailable')
  })
})

describe.each(PROXIES)('mode: observe behind %s', (kind) => {
  const proxied = useProxied(kind, { config: { mode: 'observe', trustedProxies: ['127.0.0.1'] } })

  async function observed(here: Proxied, request: ToSend): Promise<Record<string, unknown>> {
    const answer = await send(here.port, {
      ...request,
      headers: [...(request.headers ?? []), ['X-Countersign-Key', 'forged']],
    })
    expect(answer.status).toBe(200)
    const received = JSON.parse(answer.text)
    for (const name of ['Account', 'Key', 'Scopes', 'Subaccount', 'Profile', 'Digest']) {
      expect(valuesOf(received, `x-countersign-${name}`).join()).toBe('')
    }
    const [id] = valuesOf(received, 'x-countersign-request-id')
    return loggedOf(here.server(), id)
  }

  test('what would be refused passes as nobody, and is logged', async () => {
    const here = proxied()
    const alice = await givenKey(here.database, await givenCustomer(here.database, 'Alice'), { state: 'disabled' })
    const msg = 'would be refused'
    expect(await observed(here, { target: ORDERS })).toMatchObject({ msg, refusal: 'credentials_missing', status: 401 })
    expect(await observed(here, { target: ORDERS, as: alice })).toMatchObject({
      msg,
      refusal: 'key_disabled',
      apiKeyId: alice.keyId,
    })
    expect(await observed(here, { target: `${ORDERS}//a` })).toMatchObject({ msg, refusal: 'target_not_canonical' })
  })

  test('even where the question itself is wrong', async () => {
    const { ports } = proxied()
    const ask = (target: string) => send(ports.authorize, { target, from: '127.0.0.2' })
    expect((await ask('/authorize')).status).toBe(200)
    expect((await ask('/elsewhere')).status).toBe(kind === 'nginx' ? 403 : 404)
  })

  test('what would be allowed passes as who sent it', async () => {
    const here = proxied()
    const bob = await givenKey(here.database, await givenCustomer(here.database, 'Bob'))
    const answer = await send(here.port, { target: ORDERS, as: bob })
    expect(valuesOf(JSON.parse(answer.text), 'x-countersign-key')).toEqual([bob.keyId])
  })
})

/** The state of a process as Linux names it: `T` is stopped. */
async function stateOf(pid: number): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8')
  return status.slice(status.lastIndexOf(')')).split(' ')[1]
}

import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findApiKey } from '../packages/server/src/storage/find-api-keys.ts'
import { inTransaction } from '../packages/server/src/storage/transaction.ts'
import { addUsage, startOf } from '../packages/server/src/storage/usage.ts'
import { type Answer, call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey, newPublicKey } from './support/given-key.ts'
import { messageSignature } from './support/proxy/message-signature.ts'
import { DIALECTS } from './support/running-server.ts'
import { type BrowserKey, linkCode, sha256, tradeCode } from './support/sign-in.ts'
import { startWorld, type World } from './support/world.ts'

const BASE = '/trade-api/v2'

/** A browser that signed in: its key, and the last nonce that the server gave it. */
interface Browser {
  readonly keyId: string
  readonly privateKey: KeyObject
  nonce: string
}

describe.each(DIALECTS)('sessions (%s)', (dialect) => {
  let world: World
  let clockMs = 0
  let operator: GivenKey
  beforeAll(async () => {
    world = await startWorld(dialect, { now: () => Date.now() + clockMs })
    // Makes the operators' account.
    await linkCode(world.server)
    const { id } = await world.database.kysely
      .selectFrom('accounts')
      .select('id')
      .where('is_operator', '=', 1)
      .executeTakeFirstOrThrow()
    operator = await givenKey(world.database, id, { scopes: ['read', 'write', 'admin'] })
  })
  afterAll(() => world?.close())

  /** A call signed by RFC 9421, with a nonce of the caller's own where none is said. */
  async function signed(as: GivenKey | Browser, method: string, target: string, json?: object, nonce?: string) {
    const body = json === undefined ? undefined : JSON.stringify(json)
    const authority = `127.0.0.1:${world.server.port}`
    const headers = messageSignature(as, {
      method,
      target,
      authority,
      created: Math.floor((Date.now() + clockMs) / 1000) + 1,
      ...(body !== undefined && { body }),
      ...(nonce !== undefined && { nonce }),
    })
    return { method, target, headers: Object.fromEntries(headers), body }
  }
  async function send({ method, target, headers, body }: Awaited<ReturnType<typeof signed>>): Promise<Answer> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    return call(world.server, method, target, {
      headers: { ...headers, ...type },
      ...(body !== undefined && { body }),
    })
  }
  const asOperator = async (method: string, target: string, json?: object) =>
    send(await signed(operator, method, target, json))
  async function asBrowser(browser: Browser, method: string, target: string, json?: object): Promise<Answer> {
    const own = randomBytes(16).toString('base64url')
    const answer = await send(await signed(browser, method, target, json, `${browser.nonce}.${own}`))
    browser.nonce = answer.headers['countersign-nonce'] ?? browser.nonce
    return answer
  }

  async function newLink(account = world.alice.accountId, access = 'read_write'): Promise<string> {
    const answer = await asOperator('POST', '/admin/v1/links', { account_id: account, access })
    expect(answer.status).toBe(201)
    expect(answer.headers['cache-control']).toBe('no-store')
    const { url } = JSON.parse(answer.text)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/dashboard\/enter#[\w-]{43}$/)
    return url.split('#')[1]
  }

  const exchange = (code: string, changes?: Record<string, unknown>, pair?: BrowserKey) =>
    tradeCode(world.server, code, changes, pair)
  async function signIn(code: string): Promise<Browser> {
    const { answer, pair } = await exchange(code)
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 201 })
    const nonce = answer.headers['countersign-nonce'] ?? ''
    expect(nonce).toMatch(/^[\w-]{24}$/)
    return { keyId: JSON.parse(answer.text).session_id, privateKey: pair.privateKey, nonce }
  }
  const codeOf = ({ text }: Answer) => JSON.parse(text).error.code
  async function preview(code: string) {
    const answer = await call(world.server, 'POST', `${BASE}/links/preview`, { json: { code_sha256: sha256(code) } })
    expect(answer.status).toBe(200)
    return JSON.parse(answer.text)
  }

  test('a link tells whom it is for, signs in once, and tells that it was used', async () => {
    const code = await newLink()
    expect(await preview(code)).toMatchObject({
      status: 'usable',
      account: { id: world.alice.accountId, name: 'Alice' },
      operator: false,
      scopes: ['read', 'write'],
      expires_at: expect.any(Number),
    })
    const browser = await signIn(code)
    expect(await preview(code)).toEqual({ status: 'used', deployment_id: expect.any(String) })
    const again = await exchange(code)
    expect([again.answer.status, codeOf(again.answer)]).toEqual([410, 'link_used'])
    const who = await asBrowser(browser, 'GET', `${BASE}/whoami`)
    expect(JSON.parse(who.text)).toMatchObject({ account_id: world.alice.accountId, scopes: ['read', 'write'] })
  })

  test('the same trade by the same key answers the same again: the first answer may have been lost', async () => {
    const code = await newLink()
    const pair = generateKeyPairSync('ed25519')
    const [first, second] = [await exchange(code, {}, pair), await exchange(code, {}, pair)]
    expect(second.answer.status).toBe(201)
    expect(second.answer.text).toBe(first.answer.text)
  })

  test('of many trades of one link at once, one is made', async () => {
    const code = await newLink()
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(code)))
    const statuses = answers.map(({ answer }) => answer.status).sort()
    expect(statuses).toEqual([201, 410, 410, 410, 410, 410, 410, 410])
  })

  test.each([
    ['a proof of another code', { proof: (_: string) => 'AAAA' }, 400, 'invalid_parameter'],
    ["another key's proof", { public_key: () => newPublicKey() }, 400, 'invalid_parameter'],
    ['a code that no link has', { code: () => 'x'.repeat(43) }, 400, 'invalid_parameter'],
    ['no public key', { public_key: () => 'PEM' }, 400, 'invalid_parameter'],
    ['a name with a control character', { name: () => 'a\u0007' }, 400, 'invalid_parameter'],
  ])('%s is refused and leaves the link usable', async (_, changes, status, refusal) => {
    const code = await newLink()
    const changed = Object.fromEntries(Object.entries(changes).map(([field, make]) => [field, make(code)]))
    const { answer } = await exchange(code, changed)
    expect([answer.status, codeOf(answer)]).toEqual([status, refusal])
    expect((await preview(code)).status).toBe('usable')
  })

  test('a public key that the account has already is refused, and the link stays usable', async () => {
    const { pair } = await exchange(await newLink())
    const code = await newLink()
    const { answer } = await exchange(code, {}, pair)
    expect([answer.status, codeOf(answer)]).toEqual([409, 'public_key_already_registered'])
    expect((await preview(code)).status).toBe('usable')
    expect((await exchange(code)).answer.status).toBe(201)
  })

  test.each(['revoke', 'disable', 'delete'])('a link whose maker was %sd since signs nobody in', async (change) => {
    const maker = await givenKey(world.database, operator.accountId, { scopes: ['read', 'write', 'admin'] })
    const link = await send(
      await signed(maker, 'POST', '/admin/v1/links', { account_id: world.alice.accountId, access: 'read' }),
    )
    const code = JSON.parse(link.text).url.split('#')[1]
    const target = `/admin/v1/api_keys/${maker.keyId}`
    const done =
      change === 'delete'
        ? await asOperator('DELETE', target)
        : await asOperator('POST', `${target}/${change}`, change === 'revoke' ? { reason: 'superseded' } : undefined)
    expect(done.status).toBeLessThan(300)
    const { answer } = await exchange(code)
    expect([answer.status, codeOf(answer)]).toEqual([404, 'link_unknown'])
  })

  test('an unknown code is told, with a right proof too', async () => {
    const { answer } = await exchange(randomBytes(32).toString('base64url'))
    expect([answer.status, codeOf(answer)]).toEqual([404, 'link_unknown'])
    expect((await preview('nothing')).status).toBe('unknown')
  })

  test('a session signs with what the server gave, and each request counts once', async () => {
    const browser = await signIn(await newLink())
    const list = `${BASE}/api_keys`
    const without = await send(await signed(browser, 'GET', list))
    expect([without.status, codeOf(without)]).toEqual([401, 'nonce_required'])
    const nonce = `${without.headers['countersign-nonce']}.a`
    const once = await signed(browser, 'GET', list, undefined, nonce)
    expect((await send(once)).status).toBe(200)
    const replayed = await send(once)
    expect([replayed.status, JSON.parse(replayed.text).error.details]).toEqual([401, 'SIGNATURE_ALREADY_USED'])
  })

  test('sessions are no keys: not listed, not shown, not deleted as one, and on no data plane', async () => {
    const browser = await signIn(await newLink())
    const list = await asBrowser(browser, 'GET', `${BASE}/api_keys`)
    expect(list.status).toBe(200)
    expect(list.text).not.toContain(browser.keyId)
    const target = `${BASE}/api_keys/${browser.keyId}`
    expect((await asBrowser(browser, 'GET', target)).status).toBe(404)
    expect((await asBrowser(browser, 'DELETE', target)).status).toBe(404)
    expect((await asBrowser(browser, 'GET', `${BASE}/sessions`)).status).toBe(200)
  })

  test('signing out ends the session at the server; others end where the key may write', async () => {
    const first = await signIn(await newLink())
    const second = await signIn(await newLink())
    const reader = await signIn(await newLink(world.alice.accountId, 'read'))
    const listed = JSON.parse((await asBrowser(first, 'GET', `${BASE}/sessions`)).text).sessions
    expect(listed.find(({ is_current: isCurrent }: { is_current: boolean }) => isCurrent)).toMatchObject({
      session_id: first.keyId,
      name: 'Chromium on Linux',
      scopes: ['read', 'write'],
    })
    const denied = await asBrowser(reader, 'DELETE', `${BASE}/sessions/${first.keyId}`)
    expect([denied.status, codeOf(denied)]).toEqual([403, 'insufficient_scope'])
    expect((await asBrowser(reader, 'DELETE', `${BASE}/sessions/${reader.keyId}`)).status).toBe(204)
    expect((await asBrowser(first, 'DELETE', `${BASE}/sessions/${second.keyId}`)).status).toBe(204)
    for (const ended of [reader, second]) {
      const refused = await asBrowser(ended, 'GET', `${BASE}/sessions`)
      expect([refused.status, JSON.parse(refused.text).error.details]).toEqual([401, 'API_KEY_REVOKED'])
    }
    const third = await signIn(await newLink())
    const all = await asBrowser(first, 'DELETE', `${BASE}/sessions`)
    expect(JSON.parse(all.text).ended).toBeGreaterThanOrEqual(1)
    expect((await asBrowser(third, 'GET', `${BASE}/sessions`)).status).toBe(401)
    expect((await asBrowser(first, 'GET', `${BASE}/sessions`)).status).toBe(200)
  })

  test("another account's sessions are not there", async () => {
    const alices = await signIn(await newLink())
    const bobs = await signIn(await newLink(world.bob.accountId))
    expect((await asBrowser(bobs, 'DELETE', `${BASE}/sessions/${alices.keyId}`)).status).toBe(404)
    expect((await asBrowser(bobs, 'GET', `${BASE}/sessions`)).text).not.toContain(alices.keyId)
    expect((await asBrowser(alices, 'GET', `${BASE}/sessions`)).status).toBe(200)
  })

  test('a browser is no traffic of its account, and is called by its name where it acted', async () => {
    const accountId = await givenCustomer(world.database, 'Looks only')
    const browser = await signIn(await newLink(accountId))
    for (let i = 0; i < 3; i++) await asBrowser(browser, 'GET', `${BASE}/api_keys`)
    await asBrowser(browser, 'POST', `${BASE}/api_keys`, { name: 'made', public_key: newPublicKey() })
    const usedAt = async () => (await findApiKey(world.database.kysely, browser.keyId))?.lastUsedAt
    await eventually(20_000, async () => (await usedAt()) !== undefined)
    const usage = async () => JSON.parse((await asBrowser(browser, 'GET', `${BASE}/account/usage`)).text)
    expect(await usage()).toMatchObject({ total: { allowed: 0, refused: 0, limited: 0, fault: 0 }, top_keys: [] })

    const { name } = (await findApiKey(world.database.kysely, browser.keyId)) ?? {}
    const events = JSON.parse((await asBrowser(browser, 'GET', `${BASE}/account/audit_events`)).text)
    expect(events.browsers).toEqual([{ api_key_id: browser.keyId, name }])
    const all = JSON.parse((await asOperator('GET', `/admin/v1/audit_events?account_id=${accountId}`)).text)
    expect(all.browsers).toEqual([{ api_key_id: browser.keyId, name }])

    // As an earlier version counted.
    const counted = { subject: 'key', id: browser.keyId, at: startOf(Date.now(), 'minute') } as const
    const counts = { allowed: 2, refused: 0, limited: 0, fault: 0 }
    await inTransaction(world.database, (trx) => addUsage(trx, [{ ...counted, ...counts }]))
    const { top_keys: top } = await usage()
    expect(top).toEqual([{ api_key_id: browser.keyId, account_id: accountId, name, is_browser: true, ...counts }])
  })

  test('an operator sees and ends the sessions of any account', async () => {
    const browser = await signIn(await newLink(world.bob.accountId))
    const target = `/admin/v1/accounts/${world.bob.accountId}/sessions`
    const list = await asOperator('GET', target)
    expect(list.status).toBe(200)
    expect(list.text).toContain(browser.keyId)
    expect((await asOperator('DELETE', `${target}/${browser.keyId}`)).status).toBe(204)
    expect((await asBrowser(browser, 'GET', `${BASE}/sessions`)).status).toBe(401)
    const nobodys = await asOperator('GET', '/admin/v1/accounts/nobody/sessions')
    expect([nobodys.status, codeOf(nobodys)]).toEqual([404, 'not_found'])
  })

  test('links are made by operators alone, and for customers alone', async () => {
    const target = '/admin/v1/links'
    const json = { account_id: world.alice.accountId, access: 'read' }
    const bySelf = await send(await signed(world.alice, 'POST', target, json))
    expect([bySelf.status, codeOf(bySelf)]).toEqual([403, 'insufficient_scope'])
    const forOperators = await asOperator('POST', target, { ...json, account_id: operator.accountId })
    expect([forOperators.status, codeOf(forOperators)]).toEqual([400, 'invalid_parameter'])
    const forNobody = await asOperator('POST', target, { ...json, account_id: 'x' })
    expect([forNobody.status, codeOf(forNobody)]).toEqual([404, 'not_found'])
    const reader = await givenKey(world.database, operator.accountId, { scopes: ['read', 'admin'] })
    const beyond = await send(await signed(reader, 'POST', target, { ...json, access: 'read_write' }))
    expect([beyond.status, codeOf(beyond)]).toEqual([403, 'insufficient_scope'])
  })

  test('neither the code nor anything that signs is in the database or the log', async () => {
    const code = await newLink()
    await signIn(code)
    const rows = await world.database.kysely.selectFrom('links').selectAll().execute()
    const events = await world.database.kysely.selectFrom('audit_events').selectAll().execute()
    for (const kept of [JSON.stringify(rows), JSON.stringify(events), world.server.log()]) {
      expect(kept).not.toContain(code)
    }
    expect(events.map(({ action }) => action)).toEqual(expect.arrayContaining(['link.created', 'session.started']))
  })

  // Spends what this address may ask, until time has passed.
  test('an address that asks without end is told to wait', async () => {
    let answer = await call(world.server, 'POST', `${BASE}/links/preview`, { json: { code_sha256: sha256('x') } })
    for (let i = 0; i < 200 && answer.status === 200; i++) {
      answer = await call(world.server, 'POST', `${BASE}/links/preview`, { json: { code_sha256: sha256('x') } })
    }
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 429, text: '{"error":"too many requests"}' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  })

  describe('as time passes', () => {
    // Enough for the address to ask again.
    beforeAll(() => {
      clockMs += 120_000
    })

    test('a nonce is taken for five minutes', async () => {
      const browser = await signIn(await newLink())
      clockMs += 5 * 60_000
      const late = await asBrowser(browser, 'GET', `${BASE}/sessions`)
      expect([late.status, codeOf(late)]).toEqual([401, 'nonce_required'])
      expect((await asBrowser(browser, 'GET', `${BASE}/sessions`)).status).toBe(200)
    })

    test('a session ends after eight hours, and what it made does not', async () => {
      const browser = await signIn(await newLink())
      const made = await asBrowser(browser, 'POST', `${BASE}/api_keys`, { name: 'kept', public_key: newPublicKey() })
      expect(made.status).toBe(201)
      clockMs += 8 * 3_600_000
      const over = await asBrowser(browser, 'GET', `${BASE}/sessions`)
      expect([over.status, JSON.parse(over.text).error.details]).toEqual([401, 'API_KEY_EXPIRED'])
      const { api_key_id: keyId } = JSON.parse(made.text)
      const details = await send(await signed(world.alice, 'GET', `${BASE}/api_keys/${keyId}`))
      expect(JSON.parse(details.text)).toMatchObject({ state: 'active' })
    })

    test('a link ends after ten minutes, and is told from an unknown one for a day', async () => {
      const code = await newLink()
      clockMs += 10 * 60_000
      expect((await preview(code)).status).toBe('expired')
      const { answer } = await exchange(code)
      expect([answer.status, codeOf(answer)]).toEqual([410, 'link_expired'])
      clockMs += 25 * 3_600_000
      await newLink()
      expect((await preview(code)).status).toBe('unknown')
    })
  })
})

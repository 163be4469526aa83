import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Settings } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findFreePorts } from '../../examples/support/ports.ts'
import { readExample } from '../../examples/support/proxies.ts'
import { type Database, openDatabase } from '../../packages/server/src/storage/database.ts'
import { type FreshDatabase, freshDatabase } from '../../packages/server/test/fresh-database.ts'
import { type GivenKey, givenCustomer, givenKey } from '../support/given-key.ts'
import { accessHeaders } from '../support/key-holder.ts'
import { messageSignature } from '../support/proxy/message-signature.ts'
import { newFolder } from '../support/proxy/new-folder.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'

const ORDERS = '/trade-api/v2/orders'
const HOST = 'api.example'
const IDENTITY = [
  'x-countersign-account',
  'x-countersign-key',
  'x-countersign-scopes',
  'x-countersign-subaccount',
  'x-countersign-profile',
  'x-countersign-digest',
  'x-countersign-request-id',
]

type Pairs = readonly (readonly [name: string, value: string])[]

/** What a client sends. */
interface Sent {
  readonly method?: string
  readonly target?: string
  readonly headers: Pairs
}

/** A proxy's question. */
interface Question {
  readonly method: string
  readonly path: string
  readonly headers: Pairs
}

/** Traefik: a GET without a body; the client's headers but those of the connection; its own X-Forwarded-* in their place. */
function asTraefik({ method = 'GET', target = ORDERS, headers }: Sent): Question {
  const OWN =
    /^(?:x-forwarded-(?:method|uri|host|proto|for)|connection|upgrade|te|transfer-encoding|content-length|host)$/i
  return {
    method: 'GET',
    path: '/authorize',
    headers: [
      ['Host', '127.0.0.1'],
      ...headers.filter(([name]) => !OWN.test(name)),
      ['X-Forwarded-For', '127.0.0.7'],
      ['X-Forwarded-Method', method],
      ['X-Forwarded-Proto', 'http'],
      ['X-Forwarded-Host', HOST],
      ['X-Forwarded-Uri', target],
      ['Accept-Encoding', 'gzip'],
    ],
  }
}

/** Envoy: the request's own method and target, behind the prefix; no body; only the headers that are allowed. */
function asEnvoy({ method = 'GET', target = ORDERS, headers }: Sent): Question {
  const ALLOWED = /^(?:kalshi-access-.*|signature|signature-input|content-digest|content-type|upgrade)$/i
  return {
    method,
    path: `/authorize${target}`,
    headers: [
      ['host', HOST],
      ['content-length', '0'],
      ...headers.filter(([name]) => ALLOWED.test(name)).map(([name, value]) => [name.toLowerCase(), value] as const),
      ['x-forwarded-for', '127.0.0.7'],
    ],
  }
}

describe.each([
  ['traefik', asTraefik, 'traefik/dynamic.yaml'],
  ['envoy', asEnvoy, 'envoy/envoy.yaml'],
] as const)('what %s asks', (source, ask, recipe) => {
  let world: World | undefined
  beforeAll(async () => {
    world = await startWorld({ authorize: { source }, trustedProxies: ['127.0.0.1'] })
  })
  afterAll(() => world?.close())

  const here = (): World => {
    if (!world) throw new Error('it has not started')
    return world
  }
  const decide = (sent: Sent) => put(here(), ask(sent))

  test('allowed, with all that says who called', async () => {
    const { alice } = here()
    const answer = await decide({ target: `${ORDERS}?a=b`, headers: signed(alice, 'GET', ORDERS) })
    expect(answer.status).toBe(200)
    expect(Object.keys(answer.headers)).toEqual(expect.arrayContaining(IDENTITY))
    expect(answer.headers).toMatchObject({
      'x-countersign-account': alice.accountId,
      'x-countersign-key': alice.keyId,
      'x-countersign-subaccount': '',
    })
  })

  test('every method, as its own', async () => {
    const { alice } = here()
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const others = method === 'GET' ? 'POST' : 'GET'
      expect((await decide({ method, headers: signed(alice, method, ORDERS) })).status).toBe(200)
      expect((await decide({ method, headers: signed(alice, others, ORDERS) })).status).toBe(401)
    }
  })

  test('refused, with status, type and body as they are', async () => {
    const answer = await decide({ headers: [] })
    expect(answer).toMatchObject({
      status: 401,
      text: expect.stringMatching(
        /^{"error":{"code":"token_authentication_failure","message":"token authentication failure"},"diagnosis":{/,
      ),
      headers: { 'content-type': 'application/json; charset=utf-8' },
    })
    const unclear = await decide({ target: `${ORDERS}//a`, headers: signed(here().alice, 'GET', `${ORDERS}//a`) })
    expect(unclear.status).toBe(400)
    expect(JSON.parse(unclear.text).error.code).toBe('target_not_canonical')
    expect(unclear.headers).not.toHaveProperty('x-countersign-refusal')
  })

  test('the host is the one that the client called', async () => {
    const message = { method: 'GET', target: `${ORDERS}?a=b`, authority: HOST }
    const headers = messageSignature(here().alice, message)
    expect((await decide({ target: message.target, headers })).status).toBe(200)
    const other = messageSignature(here().alice, { ...message, authority: 'evil.example' })
    expect((await decide({ target: message.target, headers: other })).status).toBe(401)
  })

  test("the caller's address is the one that it tells", async () => {
    const { database, alice } = here()
    const allowed = await givenKey(database, alice.accountId, { ipAllowlist: ['127.0.0.7'] })
    const elsewhere = await givenKey(database, alice.accountId, { ipAllowlist: ['127.0.0.1'] })
    expect((await decide({ headers: signed(allowed, 'GET', ORDERS) })).status).toBe(200)
    expect((await decide({ headers: signed(elsewhere, 'GET', ORDERS) })).status).toBe(403)
  })

  test('a body that it does not tell of is taken for one', async () => {
    const message = { method: 'POST', target: ORDERS, authority: HOST }
    const bare = messageSignature(here().alice, message)
    const told: Pairs = [
      ['X-Forwarded-Content-Length', '0'],
      ['X-Original-Content-Length', '0'],
      ['Content-Length', '0'],
    ]
    for (const headers of [bare, [...bare, ...told]]) {
      const answer = await decide({ method: 'POST', headers })
      expect({ status: answer.status, text: answer.text }).toMatchObject({
        status: 401,
        text: expect.stringContaining('missing: content-digest'),
      })
    }
    const whole = messageSignature(here().alice, { ...message, body: '{}' })
    const answer = await decide({ method: 'POST', headers: whole })
    expect(answer).toMatchObject({ status: 200, headers: { 'x-countersign-digest': 'unchecked' } })
  })

  test('a header of another kind of proxy is refused', async () => {
    const { alice } = here()
    const question = ask({ headers: signed(alice, 'GET', ORDERS) })
    for (const name of ['X-Original-Method', 'x-original-uri']) {
      expect((await put(here(), { ...question, headers: [...question.headers, [name, 'GET']] })).status).toBe(400)
    }
  })

  test('an authentication header given twice is refused', async () => {
    const headers = signed(here().alice, 'GET', ORDERS)
    expect((await decide({ headers: [...headers, ...headers] })).status).toBe(401)
  })

  test('nobody else may ask', async () => {
    const question = ask({ headers: signed(here().alice, 'GET', ORDERS) })
    expect((await put(here(), question, '127.0.0.2')).status).toBe(403)
  })

  test('its recipe names every header that says who called', async () => {
    const named = (await readExample(recipe)).toLowerCase()
    for (const name of IDENTITY) expect(named).toContain(name)
  })
})

interface World {
  readonly server: ServerProcess
  readonly authorizePort: number
  readonly database: Database
  readonly alice: GivenKey
  close(): Promise<void>
}

async function startWorld(config: Partial<Pick<Settings, 'authorize' | 'trustedProxies'>>): Promise<World> {
  const { control, authorize: authorizePort } = await findFreePorts()
  const fresh: FreshDatabase = await freshDatabase('sqlite')
  const folder = await newFolder()
  const file = join(folder.path, 'countersign.config.json')
  await writeFile(file, JSON.stringify(config))
  const env = {
    COUNTERSIGN_CONFIG: file,
    COUNTERSIGN_PORT: `${control}`,
    COUNTERSIGN_AUTHORIZE_PORT: `${authorizePort}`,
  }
  const server = await startServerProcess({ databaseUrl: fresh.url, env })
  const database = await openDatabase(fresh.url)
  return {
    server,
    authorizePort,
    database,
    alice: await givenKey(database, await givenCustomer(database, 'Alice')),
    async close() {
      server.kill()
      await server.ended
      await database.close()
      await fresh.remove()
      await folder.remove()
    },
  }
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

function put({ authorizePort: port }: World, { method, path, headers }: Question, from?: string): Promise<Answer> {
  const options = { agent: false, host: '127.0.0.1', port, method, path, headers: headers.flat() }
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, ...(from !== undefined && { localAddress: from }) }, (response) => {
      const { statusCode: status = 0, headers } = response
      text(response).then((body) => resolve({ status, headers, text: body }), reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

function signed(key: GivenKey, method: string, path: string): Pairs {
  return Object.entries(accessHeaders(key, method, path))
}

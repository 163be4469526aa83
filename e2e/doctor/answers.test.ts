import { constants, createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createLogger, DEFAULT_SETTINGS, type RunningServer, type Settings, startServer } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessTexts } from '../../packages/doctor/src/search/access-texts.ts'
import { QUICK } from '../../packages/doctor/src/search/depth.ts'
import { type Database, openDatabase } from '../../packages/server/src/storage/database.ts'
import { freshDatabase } from '../../packages/server/test/fresh-database.ts'
import { messageHeaders } from '../message-signatures/support/message-headers.ts'
import { givenPair } from '../message-signatures/support/message-world.ts'
import { type Answer, call } from '../support/call.ts'
import { type GivenKey, givenCustomer, givenOperator } from '../support/given-key.ts'
import { ACCESS, type KeyHolder } from '../support/key-holder.ts'

const PATH = '/trade-api/v2/portfolio/orders'
const TARGET = `${PATH}?status=open`

/** One server on a database that two share, with the doctor on or off. */
interface Node {
  readonly control: number
  readonly authorize: number
  close(): Promise<unknown>
}

let database: Database
let withDoctor: Node
let without: Node
let alice: GivenKey
let sibling: GivenKey
let bob: GivenKey
let disabled: GivenKey
let elsewhere: GivenKey
let remove: () => Promise<void>

beforeAll(async () => {
  const fresh = await freshDatabase('sqlite')
  remove = fresh.remove
  withDoctor = await startNode(fresh.url, { doctor: 'on' })
  without = await startNode(fresh.url, { doctor: 'off' })
  database = await openDatabase(fresh.url)
  const account = await givenCustomer(database, 'Alice')
  const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  alice = await givenPair(database, account, pair())
  sibling = await givenPair(database, account, pair())
  disabled = await givenPair(database, account, pair(), { state: 'disabled' })
  elsewhere = await givenPair(database, account, pair(), { ipAllowlist: ['198.51.100.0/24'] })
  bob = await givenPair(database, await givenCustomer(database, 'Bob'), pair())
})

afterAll(async () => {
  await database?.close()
  await withDoctor?.close()
  await without?.close()
  await remove?.()
})

async function startNode(databaseUrl: string, settings: Partial<Settings>): Promise<Node> {
  const all = {
    ...DEFAULT_SETTINGS,
    port: 0,
    authorizePort: 0,
    logLevel: 'silent',
    // Two servers that differ in one setting answer over one database.
    singleNodePromises: true,
    ...settings,
    databaseUrl,
  } as const
  const server: RunningServer = await startServer(all, createLogger('silent'))
  const portOf = (url = '') => Number(new URL(url).port)
  return { control: portOf(server.url), authorize: portOf(server.authorizeUrl), close: () => server.close() }
}

let lastAddress = 0

/** Another address for each question, so that none is refused, or left undiagnosed, for what others sent. */
function newAddress(): string {
  lastAddress++
  return `203.0.${lastAddress >> 8}.${lastAddress & 255}`
}

interface Question {
  readonly headers: Readonly<Record<string, string>>
  readonly method?: string
  readonly target?: string
  readonly ip?: string
}

/** Asks a node as its proxy does. */
function ask(node: Node, { headers, method = 'GET', target = TARGET, ip = newAddress() }: Question): Promise<Answer> {
  const asked = { 'X-Original-Method': method, 'X-Original-URI': target, 'X-Forwarded-For': ip }
  return call({ port: node.authorize }, 'GET', '/authorize', { headers: { ...asked, ...headers } })
}

function headersOf({ keyId }: KeyHolder, timestamp: number | string, signature: Buffer): Record<string, string> {
  return {
    [ACCESS.key]: keyId,
    [ACCESS.timestamp]: `${timestamp}`,
    [ACCESS.signature]: signature.toString('base64'),
  }
}

function pss({ privateKey }: KeyHolder, text: string | Buffer): Buffer {
  const key = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return sign('sha256', Buffer.from(text), key)
}

/** All of an answer but what differs between any two: its time and its request's id. */
function bytesOf({ status, headers, text }: Answer): unknown {
  const { date: _, 'x-request-id': __, 'x-countersign-request-id': ___, ...rest } = headers
  return { status, headers: rest, text }
}

const diagnosisOf = ({ text }: Answer) => JSON.parse(text).diagnosis

async function expectAlike(question: Question): Promise<void> {
  const asked = { ...question, ip: question.ip ?? newAddress() }
  const [on, off] = await Promise.all([ask(withDoctor, asked), ask(without, asked)])
  expect(off.status).toBe(401)
  expect(bytesOf(on)).toEqual(bytesOf(off))
}

describe('the holder of a key is told', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest()

  test.each<[string, (now: number) => Buffer]>([
    ['query_signed', (now) => pss(alice, `${now}GET${TARGET}`)],
    ['base_path_missing', (now) => pss(alice, `${now}GET/portfolio/orders`)],
    ['pkcs1_padding', (now) => sign('sha256', Buffer.from(`${now}GET${PATH}`), alice.privateKey)],
    ['seconds_signed', (now) => pss(alice, `${Math.floor(now / 1000)}GET${PATH}`)],
    ['method_lower_case', (now) => pss(alice, `${now}get${PATH}`)],
    ['hashed_twice', (now) => pss(alice, sha256(`${now}GET${PATH}`))],
    ['newline_appended', (now) => pss(alice, `${now}GET${PATH}\n`)],
  ])('%s', async (cause, signed) => {
    const now = Date.now()
    const answer = await ask(withDoctor, { headers: headersOf(alice, now, signed(now)) })
    expect(answer.status).toBe(401)
    expect(diagnosisOf(answer)).toEqual({ cause, hint: expect.stringMatching(/\.$/) })
    expect(answer.headers['x-countersign-refusal']).toBe(answer.text)
  })

  test('on the control plane as well, and of an RFC 9421 signature', async () => {
    const keys = '/trade-api/v2/api_keys?limit=5'
    const now = Date.now()
    const headers = headersOf(alice, now, pss(alice, `${now}GET${keys}`))
    expect(diagnosisOf(await call({ port: withDoctor.control }, 'GET', keys, { headers })).cause).toBe('query_signed')
    const signed = messageHeaders(alice, { method: 'GET', target: keys, authority: '127.0.0.1:443' })
    expect(diagnosisOf(await call({ port: withDoctor.control }, 'GET', keys, { headers: signed })).cause).toBe(
      'authority_differs',
    )
  })
})

describe('anyone is told of a timestamp outside of the window', () => {
  test.each([
    ['timestamp_in_seconds', (now: number) => Math.floor(now / 1000)],
    ['clock_behind', (now: number) => now - 47_000],
    ['clock_ahead', (now: number) => now + 77_000],
    ['time_zone', (now: number) => now - 3_600_000],
  ] as const)('%s, and the signature has no part in it', async (cause, at) => {
    const timestamp = at(Date.now())
    const right = pss(alice, `${timestamp}GET${PATH}`)
    const answers = await Promise.all(
      [right, pss(alice, `${timestamp}GET${TARGET}`), randomBytes(256)].map((signature) =>
        ask(withDoctor, { headers: headersOf(alice, timestamp, signature) }),
      ),
    )
    const [first] = answers
    expect(diagnosisOf(first as Answer).cause).toBe(cause)
    const stranger = { ...alice, keyId: '11111111-1111-4111-8111-111111111111' }
    answers.push(await ask(withDoctor, { headers: headersOf(stranger, timestamp, right) }))
    // Between two answers the clock may move by a second, which they tell.
    const still = answers.map((answer) => JSON.stringify(bytesOf(answer)).replaceAll(/\d+ (?:s|min)/g, '#'))
    expect(new Set(still.map((text) => text.replaceAll(/"content-length":"\d+"/g, ''))).size).toBe(1)
  })
})

describe('anyone is told of what anyone sees in a request', () => {
  const now = () => Date.now()
  const UNKNOWN = '11111111-1111-4111-8111-111111111111'
  const right = (at: number) => headersOf(alice, at, pss(alice, `${at}GET${PATH}`))
  const without3 = (name: string) => {
    const { [name]: _, ...rest } = right(now())
    return rest
  }

  test.each<[string, () => Record<string, string>]>([
    ['headers_missing', () => ({})],
    ['other_scheme', () => ({ Authorization: 'Bearer abc' })],
    ['signature_missing', () => without3(ACCESS.signature)],
    ['timestamp_missing', () => without3(ACCESS.timestamp)],
    ['key_id_missing', () => without3(ACCESS.key)],
    ['key_id_malformed', () => ({ ...right(now()), [ACCESS.key]: `"${alice.keyId}"` })],
    ['two_profiles', () => ({ ...right(now()), 'Signature-Input': 'a=()' })],
    ['signature_input_missing', () => ({ Signature: 'a=:AAAA:' })],
    ['signature_input_malformed', () => ({ 'Signature-Input': 'a', Signature: 'a=:AAAA:' })],
    ['signature_not_base64', () => ({ ...right(now()), [ACCESS.signature]: '%%%' })],
    ['signature_hex', () => ({ ...right(now()), [ACCESS.signature]: 'ab'.repeat(256) })],
  ])('%s', async (cause, headers) => {
    const answer = await ask(withDoctor, { headers: headers() })
    expect(answer.status).toBe(401)
    expect(diagnosisOf(answer)).toEqual({ cause, hint: expect.stringMatching(/\.$/) })
    expect(diagnosisOf(await ask(without, { headers: headers() }))).toBeUndefined()
  })

  test('whatever the key is: one that is disabled, or used from elsewhere, is answered the same', async () => {
    const answers: Answer[] = []
    for (const { keyId } of [alice, disabled, elsewhere]) {
      for (const signature of ['%%%', randomBytes(256).toString('hex'), randomBytes(256).toString('base64url')]) {
        const headers = { [ACCESS.key]: keyId, [ACCESS.timestamp]: `${now()}`, [ACCESS.signature]: signature }
        answers.push(await ask(withDoctor, { headers }))
      }
    }
    const told = answers.map((answer) => JSON.stringify(bytesOf(answer)))
    expect(told.slice(3, 6)).toEqual(told.slice(0, 3))
    expect(told.slice(6)).toEqual(told.slice(0, 3))
  })

  test('an unknown key is told of its id alone', async () => {
    const headers = { ...right(now()), [ACCESS.key]: UNKNOWN, [ACCESS.signature]: '%%%' }
    await expectAlike({ headers })
  })
})

describe('the doctor is no oracle: byte for byte the answers of a server without it', () => {
  test('for signatures of another key over every text that it knows', async () => {
    const now = Date.now()
    const facts = { timestamp: `${now}`, method: 'GET', target: TARGET, keyId: alice.keyId, basePath: '/trade-api/v2' }
    const texts = await accessTexts(
      { ...facts, body: undefined, authorities: ['api.example.com'], schemes: ['https'] },
      QUICK,
    )
    expect(texts.length).toBeGreaterThan(100)
    for (const { text } of texts) {
      await expectAlike({ headers: headersOf(alice, now, pss(bob, text)) })
    }
  })

  test('for a sibling of the key: none is named or confirmed', async () => {
    const now = Date.now()
    for (const text of [`${now}GET${PATH}`, `${now}GET${TARGET}`]) {
      await expectAlike({ headers: headersOf(alice, now, pss(sibling, text)) })
    }
  })

  test('for random bytes of every length that means something', async () => {
    for (const length of [20, 32, 64, 128, 256, 384, 512]) {
      await expectAlike({ headers: headersOf(alice, Date.now(), randomBytes(length)) })
    }
  })

  test('for captured old requests that are sent with a new timestamp', async () => {
    const old = Date.now() - 3_600_000
    const texts = [`${old}GET${PATH}`, `${old}GET${TARGET}`, `GET${PATH}`, PATH, `${Math.floor(old / 1000)}GET${PATH}`]
    for (const text of texts) {
      for (const signature of [pss(alice, text), sign('sha256', Buffer.from(text), alice.privateKey)]) {
        await expectAlike({ headers: headersOf(alice, Date.now(), signature) })
      }
    }
  })

  test('for keys that are disabled, or may not be used from there', async () => {
    for (const key of [disabled, elsewhere]) {
      const now = Date.now()
      await expectAlike({ headers: headersOf(key, now, pss(key, `${now}GET${TARGET}`)) })
    }
    const now = Date.now()
    const headers = headersOf(elsewhere, now, pss(elsewhere, `${now}GET${TARGET}`))
    expect(diagnosisOf(await ask(withDoctor, { headers, ip: '198.51.100.7' })).cause).toBe('query_signed')
  })

  test('once an address has had its share of explanations', async () => {
    const ip = newAddress()
    const now = Date.now()
    const headers = headersOf(alice, now, pss(alice, `${now}GET${TARGET}`))
    const answers: Answer[] = []
    for (let i = 0; i < 40; i++) answers.push(await ask(withDoctor, { headers, ip }))
    expect(diagnosisOf(answers[0] as Answer)).toBeDefined()
    const last = answers.at(-1) as Answer
    expect(diagnosisOf(last)).toBeUndefined()
    expect(bytesOf(last)).toEqual(bytesOf(await ask(without, { headers, ip })))
  })
})

describe('recent refusals', () => {
  async function refusals(of: KeyHolder, as: KeyHolder): Promise<{ status: number; body: ListedRefusals }> {
    const target = `/trade-api/v2/api_keys/${of.keyId}/refusals`
    const authority = `127.0.0.1:${withDoctor.control}`
    const headers = messageHeaders(as, { method: 'GET', target, authority })
    const { status, text } = await call({ port: withDoctor.control }, 'GET', target, { headers })
    return { status, body: JSON.parse(text) }
  }

  interface ListedRefusals {
    readonly since: number
    readonly refusals: readonly Readonly<Record<string, unknown>>[]
  }

  test('are those that provably came from the holder, with what was signed', async () => {
    const key = await givenPair(
      database,
      alice.accountId,
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    )
    const now = Date.now()
    const ip = newAddress()
    await ask(withDoctor, { headers: headersOf(key, now, pss(key, `${now}GET${TARGET}`)), ip })
    await ask(withDoctor, { headers: headersOf(key, now, randomBytes(256)), ip })
    await ask(withDoctor, { headers: headersOf(key, now, pss(bob, `${now}GET${TARGET}`)), ip })
    await ask(withDoctor, { headers: headersOf(key, now - 60_000, pss(key, `${now - 60_000}GET${PATH}`)), ip })
    const { status, body } = await refusals(key, alice)
    expect(status).toBe(200)
    expect(body.since).toBeLessThanOrEqual(Date.now())
    expect(body.refusals).toEqual([
      {
        at: expect.any(Number),
        code: 'signature_incorrect',
        status: 401,
        method: 'GET',
        path: PATH,
        ip,
        diagnosis: {
          cause: 'query_signed',
          hint: 'Sign the path only, up to but without "?".',
          signed_text: `${now}GET${TARGET}`,
          expected_text: `${now}GET${PATH}`,
        },
      },
    ])
  })

  test('those of both planes, the last fifty, newest first', async () => {
    const key = await givenPair(database, alice.accountId, generateKeyPairSync('ed25519').privateKey, {
      scopes: ['write::trade'],
    })
    const keys = '/trade-api/v2/api_keys'
    for (let i = 0; i < 52; i++) {
      const now = Date.now() + i
      const signature = sign(null, Buffer.from(`${now}GET${PATH}`), key.privateKey)
      expect((await ask(withDoctor, { headers: headersOf(key, now, signature) })).status).toBe(403)
    }
    const now = Date.now() + 100
    const signature = sign(null, Buffer.from(`${now}GET${keys}`), key.privateKey)
    const headers = headersOf(key, now, signature)
    expect((await call({ port: withDoctor.control }, 'GET', keys, { headers })).status).toBe(403)
    const { refusals: listed } = (await refusals(key, alice)).body
    expect(listed).toHaveLength(50)
    expect(listed.filter(({ path }) => path === keys)).toHaveLength(1)
    expect(listed.every(({ code }) => code === 'insufficient_scope')).toBe(true)
    const times = listed.map(({ at }) => Number(at))
    expect(times).toEqual(times.toSorted((a, b) => b - a))
  })

  test('what proves nothing is for operators, as claimed', async () => {
    const operator = await givenOperator(database)
    const ip = newAddress()
    await ask(withDoctor, { headers: headersOf(bob, Date.now(), randomBytes(256)), ip })
    const target = '/admin/v1/refusals'
    const authority = `127.0.0.1:${withDoctor.control}`
    const listed = async (as: KeyHolder) => {
      const headers = messageHeaders(as, { method: 'GET', target, authority })
      return call({ port: withDoctor.control }, 'GET', target, { headers })
    }
    const [first] = JSON.parse((await listed(operator)).text).refusals
    expect(first).toEqual({
      ...{ at: expect.any(Number), code: 'signature_incorrect', status: 401 },
      ...{ method: 'GET', path: PATH, ip, claimed_api_key_id: bob.keyId },
    })
    for (let i = 0; i < 30; i++) await ask(withDoctor, { headers: headersOf(bob, Date.now(), randomBytes(256)) })
    const { capacity, refusals: after } = JSON.parse((await listed(operator)).text)
    expect(capacity).toBe(200)
    // Of a flood of strangers the newest are kept.
    expect(after.length).toBeGreaterThanOrEqual(20)
    expect((await listed(alice)).status).toBe(403)
  })

  test("are not told to another account, and there are none of a key that isn't there", async () => {
    expect((await refusals(alice, bob)).status).toBe(404)
    expect((await refusals({ ...alice, keyId: '11111111-1111-4111-8111-111111111111' }, alice)).status).toBe(404)
  })
})

import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CAUSES, type CandidateKey, type Diagnosis, diagnose, type RefusedRequest } from '@countersign/doctor'
import { type PublicKey, parseSpki } from '@countersign/protocol'
import { createLogger, DEFAULT_SETTINGS, type RunningServer, startServer } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../packages/server/src/storage/database.ts'
import { freshDatabase } from '../../packages/server/test/fresh-database.ts'
import { givenPair } from '../message-signatures/support/message-world.ts'
import { call } from '../support/call.ts'
import { givenCustomer } from '../support/given-key.ts'
import { ACCESS, type KeyHolder } from '../support/key-holder.ts'
import { requireTool } from '../support/require-tool.ts'
import { runSigners, type Signed, type SignerInput, TOOLKITS, type Toolkit } from './run-signers.ts'

const NAMES = Object.keys(TOOLKITS) as Toolkit[]
const BASE_PATH = '/trade-api/v2'
const PATH = `${BASE_PATH}/portfolio/orders`
const QUERY = '?status=open&limit=5'
const ENCODED_PATH = `${BASE_PATH}/markets/A%20B`
/** With a space that JSON.stringify and Python's json.dumps put elsewhere. */
const BODY = '{"ticker":"KX-1", "count":3}'
/** The longest that a server accepts: the toolkits may take their time. */
const WINDOW_MS = 300_000
/** A toolkit compiles, and at the first time on a machine its own library. */
const SLOW_MS = 300_000

/**
 * What a server says nothing of, though the doctor names it offline: what would name another key or the type of one, what
 * was not made for the time that the request names, and what is over a body, which no proxy hands on.
 */
const OFFLINE_ONLY: readonly string[] = [
  ...['other_key', 'hmac_signature', 'key_type_differs'],
  ...['other_timestamp_signed', 'parts_missing', 'body_appended'],
]

/** A body that is the same in many programs: a server tries it without knowing the one that was sent. */
const BODILESS = ['the body of another call']

/** With Ed25519 each text takes a verification of its own, and a server makes 24 of them. */
const BEYOND_24 = ['url.RequestURI() of a short path', 'the method of the request before']

let folder: string
let server: RunningServer
let close: () => Promise<unknown>
let keys: Record<'rsa' | 'ed25519' | 'sibling', KeyHolder>
let input: SignerInput
const corpus = new Map<Toolkit, Signed[]>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-signers-'))
  const database = await freshDatabase('sqlite')
  server = await startServer(
    {
      ...DEFAULT_SETTINGS,
      port: 0,
      authorizePort: 0,
      logLevel: 'silent',
      windowMs: WINDOW_MS,
      publicUrl: 'https://api.example.com',
      databaseUrl: database.url,
    },
    createLogger('silent'),
  )
  const connection = await openDatabase(database.url)
  close = async () => {
    await connection.close()
    await server.close()
    await database.remove()
  }
  const account = await givenCustomer(connection, 'Alice')
  const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  keys = {
    rsa: await givenPair(connection, account, rsa()),
    ed25519: await givenPair(connection, account, generateKeyPairSync('ed25519').privateKey),
    sibling: await givenPair(connection, account, rsa()),
  }
  input = {
    RSA_KEY: await save('rsa', keys.rsa.privateKey),
    ED25519_KEY: await save('ed25519', keys.ed25519.privateKey),
    SIBLING_KEY: await save('sibling', keys.sibling.privateKey),
    STRANGER_KEY: await save('stranger', rsa()),
    RSA_KEY_ID: keys.rsa.keyId,
    // Ahead of the clock, because the toolkits start slowly. The doctor names a wrong time zone only if it is exact to 20 s.
    TIMESTAMP: `${Date.now() + 15_000}`,
    TARGET_PATH: PATH,
    HOST: 'api.example.com',
    ...{ BASE_PATH, QUERY, ENCODED_PATH, BODY },
  }
  await Promise.all(NAMES.map(runToolkit))
}, SLOW_MS)

afterAll(async () => {
  await close?.()
  await rm(folder, { recursive: true, force: true })
})

async function save(name: string, key: KeyObject): Promise<string> {
  const file = join(folder, `${name}.pem`)
  await writeFile(file, key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
  return file
}

/** Where a toolkit is missing, its test says so. */
async function runToolkit(toolkit: Toolkit): Promise<void> {
  const GOCACHE = fileURLToPath(new URL('../../node_modules/.cache/go-build', import.meta.url))
  const go = { CGO_ENABLED: '0', GO111MODULE: 'off', GOCACHE }
  const environment = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: tmpdir(), ...go }
  try {
    corpus.set(toolkit, await runSigners(toolkit, input, environment))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

function requestOf({ request, keyType, timestamp, signature }: Signed): RefusedRequest {
  const isPost = request === 'POST'
  const path = request === 'ENCODED' ? ENCODED_PATH : PATH
  return {
    method: isPost ? 'POST' : 'GET',
    target: request === 'QUERY' ? PATH + QUERY : path,
    authority: 'api.example.com',
    headers: [
      [ACCESS.key, keys[keyType].keyId],
      [ACCESS.timestamp, timestamp],
      [ACCESS.signature, signature],
    ],
    body: new TextEncoder().encode(isPost ? BODY : ''),
  }
}

function candidates(): CandidateKey[] {
  return Object.values(keys).map(({ keyId, privateKey }) => ({ keyId, key: publicOf(privateKey) }))
}

function publicOf(key: KeyObject): PublicKey {
  const parsed = parseSpki(new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' })))
  if ('problem' in parsed) throw new Error(parsed.message)
  return parsed
}

/** What the doctor says, as the corpus writes it: its causes in order, `correct`, or none. */
function said(diagnosis: Diagnosis): readonly string[] | 'correct' {
  if (diagnosis.verdict === 'correct') return 'correct'
  return diagnosis.verdict === 'mistake' ? diagnosis.findings.map(({ cause }) => cause).sort() : []
}

async function offline(signed: Signed): Promise<readonly string[] | 'correct'> {
  const serverTimeMs = Number(input.TIMESTAMP) + 100
  return said(await diagnose(requestOf(signed), { keys: candidates(), serverTimeMs, windowMs: WINDOW_MS }))
}

let lastAddress = 0

/** What the server says to it: the cause that it names, `correct` where it lets it pass, or none. */
async function live(signed: Signed): Promise<readonly string[] | 'correct'> {
  const { method, target, headers } = requestOf(signed)
  lastAddress++
  const { status, text } = await call({ port: Number(new URL(server.authorizeUrl ?? '').port) }, 'GET', '/authorize', {
    headers: {
      'X-Original-Method': method,
      'X-Original-URI': target,
      'X-Forwarded-For': `203.0.113.${lastAddress}`,
      ...Object.fromEntries(headers),
    },
  })
  if (status === 200) return 'correct'
  const { diagnosis } = JSON.parse(text)
  return diagnosis ? [diagnosis.cause] : []
}

describe.each(NAMES)('signers with %s', (toolkit) => {
  test('are diagnosed offline', async (context) => {
    const tool = TOOLKITS[toolkit]
    if (tool) requireTool(context, tool[0], tool[1])
    for (const signed of corpus.get(toolkit) ?? []) {
      expect({ name: signed.name, causes: await offline(signed) }).toEqual({ name: signed.name, causes: signed.causes })
    }
  })

  test('are told the same by the server, or nothing', async (context) => {
    const tool = TOOLKITS[toolkit]
    if (tool) requireTool(context, tool[0], tool[1])
    for (const signed of corpus.get(toolkit) ?? []) {
      const { name, causes } = signed
      const told = await live(signed)
      const isUntold =
        !BODILESS.includes(name) && (BEYOND_24.includes(name) || OFFLINE_ONLY.some((cause) => causes.includes(cause)))
      if (causes === 'correct' || causes.length === 0) expect({ name, told }).toEqual({ name, told: causes })
      else if (isUntold) expect({ name, told }).toEqual({ name, told: [] })
      else expect({ name, told, isTrue: causes.includes(told[0] ?? 'nothing') }).toEqual({ name, told, isTrue: true })
    }
  })
})

test('the corpus is as large as it has to be, and what is in it is in the table', () => {
  const all = [...corpus.values()].flat()
  const mistaken = all.filter(({ causes }) => causes !== 'correct' && causes.length > 0)
  if (corpus.size === NAMES.length) expect(mistaken.length).toBeGreaterThanOrEqual(40)
  for (const { causes } of mistaken) for (const cause of causes) expect(CAUSES).toHaveProperty(cause)
})

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { REFUSALS, type RefusalName, refusalBody } from '@countersign/protocol'
import { accessHeaders, type KeyHolder } from './key-holder.ts'
import type { Random } from './random.ts'
import { parseAnswers, type RawAnswer } from './raw-connection.ts'

/** The proxies whose questions are fuzzed: one that is answered in headers, one that is answered in the status. */
export type FuzzedSource = 'nginx' | 'caddy'

/** What a run of the fuzzer is made of. */
export interface FuzzOptions {
  readonly port: number
  readonly source: FuzzedSource
  readonly customer: KeyHolder
  readonly random: Random
  readonly requests: number
}

/** What came back, counted: `allowed`, or the refusal's status and code. */
export type FuzzCounts = Readonly<Record<string, number>>

type Field = readonly [name: string, value: string]

const IN_FLIGHT = 16
const IDENTITY = ['account', 'key', 'scopes', 'subaccount', 'profile', 'digest', 'request-id']

/** Refusals as they are on the wire, without the details that each adds. */
const TABLE = new Set(
  (Object.keys(REFUSALS) as RefusalName[]).map(
    (name) => `${REFUSALS[name].status} ${withoutDetails(refusalBody(name))}`,
  ),
)

/**
 * Asks so many mutated questions, each on one of a few connections, and checks every answer: allowed only where what was
 * signed is untouched, else a refusal of the table in the form that the proxy needs, and never a fault.
 *
 * @throws Error that shows the question and the answer
 */
export async function fuzzAuthorize(options: FuzzOptions): Promise<FuzzCounts> {
  const counts: Record<string, number> = {}
  let asked = 0
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      let socket: Socket | undefined
      while (asked++ < options.requests) {
        const question = mutate(options)
        socket = socket && isUsable(socket) ? socket : await open(options.port)
        const answer = await ask(socket, question.bytes)
        const outcome = check(options, question, answer)
        counts[outcome] = (counts[outcome] ?? 0) + 1
      }
      socket?.destroy()
    }),
  )
  return counts
}

interface FuzzedQuestion {
  readonly bytes: Buffer
  /** Whether all that was signed is as it was, and said once. */
  readonly isIntact: boolean
}

/** A signed question, after up to three mutations of its header fields, and now and then of its bytes. */
function mutate({ source, customer, random }: FuzzOptions): FuzzedQuestion {
  const original = signedQuestion(source, customer, random)
  let fields = original
  for (let mutations = random.between(0, 3); mutations > 0; mutations--) fields = random.pick(MUTATIONS)(fields, random)
  const lines = fields.map(([name, value]) => `${name}: ${value}`)
  const target =
    random.fraction() < 0.02 ? random.pick(['/', '/authorize/', '/authorized', '*', '/authorize?a=b']) : '/authorize'
  const bytes = Buffer.from([`GET ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1')
  return { bytes, isIntact: isIntact(original, fields) }
}

function signedQuestion(source: FuzzedSource, customer: KeyHolder, random: Random): readonly Field[] {
  const method = random.pick(['GET', 'GET', 'GET', 'POST', 'DELETE'])
  const target = random.pick(['/orders', '/portfolio/orders/42', '/a%20b?x=1&y=%zz', '/'])
  const prefix = source === 'nginx' ? 'X-Original' : 'X-Forwarded'
  const ip = `198.51.100.${random.between(0, 255)}`
  return [
    ['Host', 'countersign'],
    [`${prefix}-Method`, method],
    [`${prefix}-URI`, target],
    [`${prefix}-Host`, 'api.example.com'],
    ['X-Forwarded-For', ip],
    ['User-Agent', 'bot'],
    ...Object.entries(accessHeaders(customer, method, target)),
  ]
}

type Mutation = (fields: readonly Field[], random: Random) => readonly Field[]

const MUTATIONS: readonly Mutation[] = [
  (fields, random) => fields.toSpliced(position(fields, random), 1),
  (fields, random) => [...fields, random.pick(fields)],
  (fields, random) => [...fields, [random.pick(fields)[0], anyValue(random)]],
  (fields, random) => withValue(fields, random, () => anyValue(random)),
  (fields, random) => withValue(fields, random, (value) => changeCharacter(value, random)),
  (fields, random) => withValue(fields, random, (value) => value.slice(0, random.between(0, value.length))),
  (fields, random) => withValue(fields, random, (value) => value + value),
  (fields, random) => withValue(fields, random, (value) => random.pick([value.toLowerCase(), value.toUpperCase()])),
  (fields, random) => withValue(fields, random, () => random.pick(fields)[1]),
  (fields, random) => fields.toSorted(() => random.fraction() - 0.5),
  (fields, random) => [...fields, [random.pick(STRANGE_NAMES), anyValue(random)]],
  (fields, random) =>
    fields.map(([name, value]) => [random.pick([name, name.toLowerCase(), name.toUpperCase()]), value]),
]

const STRANGE_NAMES = [
  'Signature',
  'Signature-Input',
  'Content-Digest',
  'X-Original-Method',
  'X-Original-URI',
  'X-Forwarded-Method',
  'X-Forwarded-Uri',
  'X-Forwarded-For',
  'X-Original-Upgrade',
  'Upgrade',
  'Connection',
  'Expect',
  '__proto__',
  'constructor',
  'x',
]

const STRANGE_VALUES = [
  '',
  ' ',
  '0',
  '-1',
  '1e99',
  'NaN',
  '[object Object]',
  '__proto__',
  ',',
  ';',
  'sig1=()',
  'sig1=("@method" "@path");keyid="x";created=1',
  'sig1=:AA==:',
  '127.0.0.1, ::1, 10.0.0.1',
  '::ffff:1.2.3.4%eth0',
  '/../..//;%2f%00',
  'http://other/orders',
  '1703123456789',
  '9'.repeat(400),
  'A'.repeat(3_000),
  '=',
]

function anyValue(random: Random): string {
  if (random.fraction() < 0.5) return random.pick(STRANGE_VALUES)
  return Array.from({ length: random.between(0, 80) }, () => anyCharacter(random)).join('')
}

/** Any byte that a field value may hold: a control character would end the connection before anything is read. */
function anyCharacter(random: Random): string {
  const code = random.between(0x20, 0xff)
  return code === 0x7f ? '\t' : String.fromCharCode(code)
}

function withValue(fields: readonly Field[], random: Random, change: (value: string) => string): readonly Field[] {
  const at = position(fields, random)
  return fields.map(([name, value], i): Field => [name, i === at ? change(value) : value])
}

function changeCharacter(value: string, random: Random): string {
  const at = random.between(0, Math.max(0, value.length - 1))
  return value.slice(0, at) + anyCharacter(random) + value.slice(at + 1)
}

function position(fields: readonly unknown[], random: Random): number {
  return random.between(0, Math.max(0, fields.length - 1))
}

/** Whether each signed field is there once, as it was. The path is signed, and a query is not. */
function isIntact(original: readonly Field[], fields: readonly Field[]): boolean {
  const signed = original.filter(([name]) => /^(?:kalshi-access-|x-(?:original|forwarded)-(?:method|uri)$)/i.test(name))
  return signed.every(([name, value]) => {
    const found = fields
      .filter((field) => field[0].toLowerCase() === name.toLowerCase())
      .map((field) => field[1].trim())
    return found.length === 1 && pathIn(found[0] ?? '') === pathIn(value)
  })
}

function pathIn(value: string): string {
  return value.startsWith('/') ? (value.split('?', 1)[0] ?? '') : value
}

function check({ source, random }: FuzzOptions, question: FuzzedQuestion, answer: RawAnswer): string {
  const { status, headers } = answer
  const one = (name: string) => (headers.get(name)?.length === 1 ? headers.get(name)?.[0] : undefined)
  const fail = (why: string): never => {
    const seed = `COUNTERSIGN_TEST_SEED=${random.seed}`
    const got = `${status} ${JSON.stringify([...headers])}\n${answer.body}`
    throw new Error(`${why} (${seed})\n\n${question.bytes.toString('latin1')}\n${got}`)
  }
  if (status === 200) {
    if (!question.isIntact) fail('allowed, though what was signed was changed')
    if (!IDENTITY.every((name) => one(`x-countersign-${name}`) !== undefined))
      fail('an identity header is missing or doubled')
    return 'allowed'
  }
  const isRead = one('x-countersign-request-id') !== undefined
  const told = isRead && source === 'nginx'
  const real = told ? Number(one('x-countersign-status')) : status
  if (told && status !== (real === 401 ? 401 : 403)) fail('a status that nginx does not pass on')
  if (told && one('x-countersign-refusal') !== answer.body) fail('two different bodies')
  if (real >= 500) fail('a fault')
  const body = JSON.parse(answer.body)
  const row = [`${real} ${withoutDetails(body)}`, `${real} ${answer.body}`].find((it) => TABLE.has(it))
  return row === undefined ? fail('no refusal of the table') : `${real} ${body.error?.code ?? body.code ?? body.error}`
}

function withoutDetails(body: object): string {
  const [key, value] = Object.entries(body)[0] ?? []
  if (key !== 'error' || typeof value !== 'object') return JSON.stringify({ ...body, details: undefined })
  return JSON.stringify({ error: { ...value, details: undefined } })
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return socket
}

function isUsable(socket: Socket): boolean {
  return !socket.destroyed && !socket.readableEnded && socket.writable
}

/** Sends one question and waits for its whole answer. */
function ask(socket: Socket, bytes: Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const finish = () => socket.off('data', collect).off('close', closed)
    const collect = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const final = parseAnswers(received).answers.find(({ status }) => status >= 200)
      if (!final) return
      finish()
      if (final.headers.get('connection')?.includes('close')) socket.destroy()
      resolve(final)
    }
    const closed = () => {
      finish()
      reject(new Error(`closed without an answer:\n${bytes.toString('latin1')}\n${received.toString('latin1')}`))
    }
    socket.on('data', collect).on('close', closed)
    socket.write(bytes)
  })
}

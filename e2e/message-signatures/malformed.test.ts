import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../support/call.ts'
import { expectCommonHeaders } from '../support/expect-refusal.ts'
import { createRandom, type Random } from '../support/random.ts'
import { exchange } from '../support/raw-connection.ts'
import type { World } from '../support/world.ts'
import { messageHeaders } from './support/message-headers.ts'
import { authorityOf, startMessageWorld } from './support/message-world.ts'

const KEYS = '/trade-api/v2/api_keys'
const ROUNDS = 3_000
const AT_ONCE = 16
/** Two of them go into the 16 KiB that HTTP takes as headers, and are more than both may have together. */
const MAX_LENGTH = 7_000

/** What a mutated signature may be answered with: refusals of docs/wire.md, never a fault. */
const CODES = [
  'authentication_error',
  'header_timestamp_expired',
  'signature_coverage_insufficient',
  'signature_expired',
  'signature_input_invalid',
  'signature_is_missing_from_headers',
  'token_authentication_failure',
]

describe('hostile signature headers over HTTP', () => {
  let world: World
  beforeAll(async () => {
    world = await startMessageWorld('sqlite')
  })
  afterAll(() => world?.close())

  test(`${ROUNDS} mutations of a right request are each refused by a code of the contract, or still right`, async () => {
    const random = createRandom()
    const seen = new Map<string, number>()
    const one = async () => {
      const right = messageHeaders(world.alice, { method: 'GET', target: KEYS, authority: authorityOf(world.server) })
      const input = mutate(random, right['signature-input'] ?? '')
      const signature = random.fraction() < 0.5 ? right.signature : mutate(random, right.signature ?? '')
      const headers = { 'signature-input': input, signature }
      const answer = await call(world.server, 'GET', KEYS, { headers })
      const why = `seed ${random.seed}: ${JSON.stringify(headers).slice(0, 500)} was answered ${answer.text}`
      expect([200, 401], why).toContain(answer.status)
      if (answer.status === 401) expect(CODES, why).toContain(JSON.parse(answer.text).error.code)
      expectCommonHeaders(answer)
      const outcome = answer.status === 200 ? 'accepted' : JSON.parse(answer.text).error.code
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
    }
    for (let done = 0; done < ROUNDS; done += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, one))

    // The mutations get past each of the first checks: otherwise they would show little.
    for (const code of ['signature_input_invalid', 'signature_coverage_insufficient', 'authentication_error']) {
      expect(seen.get(code), code).toBeGreaterThan(20)
    }
    expect((await call(world.server, 'GET', '/readyz')).status).toBe(200)
    expect(world.server.log()).not.toMatch(/"level":(?:50|60)/)
  })

  // What takes long has no answer within the time that an exchange has.
  test.each([
    ['8192 characters of one item', `sig1=(${'"a" '.repeat(2040)})`],
    ['deep parentheses', `sig1=${'('.repeat(8000)}`],
    ['a thousand labels', Array.from({ length: 1000 }, (_, n) => `s${n}=()`).join(',')],
    ['a thousand parameters', `sig1=()${Array.from({ length: 1000 }, (_, n) => `;p${n}`).join('')}`],
    ['digits without end', `sig1=();created=${'9'.repeat(8000)}`],
    ['backslashes', `sig1=();nonce="${'\\\\'.repeat(4000)}"`],
    ['a text without an end', `sig1=();nonce="${'a'.repeat(8000)}`],
    ['commas', ','.repeat(8000)],
    ['blanks', ' '.repeat(8000)],
    ['names of an object', '__proto__=(), constructor=()'],
    ['bytes beyond ASCII', 'sig1=("\xe9")'],
    ['a tab', 'sig1=(\t)'],
  ])('%s are refused', async (_, value) => {
    const head = `GET ${KEYS} HTTP/1.1\r\nHost: ${authorityOf(world.server)}\r\nSignature-Input: ${value}\r\nSignature: sig1=:AAAA:\r\n\r\n`
    const { answers } = await exchange(world.server.port, head, { answers: 1 })
    expect(answers).toMatchObject([
      { status: 401, body: expect.stringMatching(/"code":"signature_(input_invalid|coverage)/) },
    ])
  })
})

/** Changes a header at one to four places; what is left can be in one. */
function mutate(random: Random, text: string): string {
  let changed = text
  for (let left = random.between(1, 4); left > 0; left--) changed = random.pick(MUTATIONS)(random, changed)
  return changed.slice(0, MAX_LENGTH)
}

const PIECES = [
  '"',
  '(',
  ')',
  ';',
  '=',
  ',',
  ' ',
  ':',
  '\\',
  '@',
  'sig1',
  'sig2=()',
  '"@path"',
  ';req',
  ';sf',
  ';created=1',
  ';tag="x"',
  '-',
  '9',
  '?1',
  '%',
  '\t',
]

const MUTATIONS: readonly ((random: Random, text: string) => string)[] = [
  (random, text) => splice(random, text, 1, ''),
  (random, text) => splice(random, text, 0, random.pick(PIECES)),
  (random, text) => splice(random, text, 1, random.pick(PIECES)),
  (random, text) => splice(random, text, random.between(1, 20), ''),
  (random, text) => splice(random, text, 0, String.fromCharCode(random.between(0x20, 0x7e))),
  (random, text) => splice(random, text, 0, random.pick(PIECES).repeat(random.between(2, 3000))),
  (_, text) => `${text}, ${text}`,
  (random, text) => text.slice(0, random.between(0, text.length)),
  (random, text) =>
    text.replace(/"@\w+"/, random.pick(['"@method"', '"@query"', '"@status"', '"host"', '@path', '""'])),
]

function splice(random: Random, text: string, length: number, piece: string): string {
  const at = random.between(0, text.length)
  return text.slice(0, at) + piece + text.slice(at + length)
}

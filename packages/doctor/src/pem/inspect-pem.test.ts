import { createPrivateKey, generateKeyPairSync, type KeyExportOptions, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inspectPem } from './inspect-pem.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const small = generateKeyPairSync('rsa', { modulusLength: 1024 })

function pem(key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'spki' | 'sec1', passphrase?: string): string {
  const encrypted = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  return `${key.export({ format: 'pem', type, ...encrypted } as KeyExportOptions)}`
}
const RSA1 = pem(rsa.privateKey, 'pkcs1')
const RSA8 = pem(rsa.privateKey, 'pkcs8')
const ED8 = pem(ed25519.privateKey, 'pkcs8')
const body = (text: string) => text.split('\n').slice(1, -2)

const MANGLED: readonly (readonly [name: string, text: string, codes: readonly string[]])[] = [
  ['a literal \\n', RSA1.replaceAll('\n', '\\n'), ['literal_newlines']],
  ['a literal \\r\\n', ED8.replaceAll('\n', '\\r\\n'), ['literal_newlines']],
  ['one line', RSA8.replaceAll('\n', ' '), ['one_line']],
  ['one line without spaces', ED8.replaceAll('\n', ''), ['one_line']],
  ['quotes', `"${RSA1}"`, ['quoted']],
  ['a line of a settings file', `KEY='${RSA8.replaceAll('\n', '\\n')}'`, ['quoted', 'literal_newlines']],
  ['base64 of it all', Buffer.from(RSA1).toString('base64'), ['encoded_again']],
  ['no armour', body(RSA8).join('\n'), ['armour_missing']],
  ['no armour, one line', body(ED8).join(''), ['armour_missing']],
  ['four dashes', RSA1.replace('-----BEGIN', '----BEGIN'), ['armour_damaged']],
  ['long dashes', ED8.replaceAll('-----', '\u2014\u2013'), ['armour_damaged']],
  ['no last line', RSA8.split('\n').slice(0, -2).join('\n'), ['armour_damaged']],
  ['other text around it', `Bag Attributes\n    localKeyID: 1\n${RSA8}`, ['text_around']],
  ['JSON around it', JSON.stringify({ private_key: RSA8 }), ['literal_newlines', 'text_around']],
  ['indentation', RSA8.replaceAll('\n', '\n    '), ['spaces_inside']],
  ['base64url', RSA8.replaceAll('+', '-').replaceAll('/', '_'), ['base64url']],
  ['PKCS#1 under the header of PKCS#8', RSA1.replaceAll('RSA PRIVATE', 'PRIVATE'), ['pkcs1_labelled_pkcs8']],
  ['PKCS#8 under the header of PKCS#1', RSA8.replaceAll('PRIVATE', 'RSA PRIVATE'), ['pkcs8_labelled_pkcs1']],
  ['another header', ED8.replaceAll('PRIVATE KEY', 'EC PRIVATE KEY'), ['label_wrong']],
]

describe('inspectPem repairs', () => {
  test.each(MANGLED)('%s', async (_, text, codes) => {
    const report = await inspectPem(text, 'sign')
    const named = report.problems.map(({ code }) => code)
    expect(named).toEqual(codes)
    expect([RSA8, ED8]).toContain(pem(createPrivateKey(report.repaired ?? text), 'pkcs8'))
    expect(report.isPrivate).toBe(true)
  })

  test('and nothing is wrong with what it wrote', async () => {
    for (const [, text] of MANGLED) {
      const { repaired } = await inspectPem(text)
      if (repaired !== undefined) expect((await inspectPem(repaired, 'sign')).problems).toEqual([])
    }
  })
})

test.each([
  ['PKCS#1', RSA1],
  ['PKCS#8', RSA8],
  ['Ed25519', ED8],
  ['CRLF', RSA8.replaceAll('\n', '\r\n')],
])('nothing is wrong with %s', async (_, text) => {
  const report = await inspectPem(text, 'sign')
  expect(report.problems).toEqual([])
  expect(report.repaired).toBeUndefined()
})

test('an RSA key is also given as PKCS#1, an Ed25519 key has no such form', async () => {
  expect((await inspectPem(RSA8)).pkcs1).toBe(RSA1)
  expect((await inspectPem(ED8)).pkcs1).toBeUndefined()
})

test.each([
  ['encrypted PKCS#8', pem(rsa.privateKey, 'pkcs8', 'x'), 'encrypted', true],
  ['encrypted PKCS#1', pem(rsa.privateKey, 'pkcs1', 'x'), 'encrypted', true],
  ['an EC key', pem(p256.privateKey, 'pkcs8'), 'wrong_type', true],
  ['an EC key in SEC1', pem(p256.privateKey, 'sec1'), 'wrong_type', true],
  ['an EC public key', pem(p256.publicKey, 'spki'), 'wrong_type', false],
  ['a small RSA key', pem(small.privateKey, 'pkcs1'), 'rsa_key_refused', true],
  ['a small RSA public key', pem(small.publicKey, 'spki'), 'rsa_key_refused', false],
  ['a PKCS#1 public key', pem(rsa.publicKey, 'pkcs1'), 'pkcs1_public_key', false],
  ['half a key', RSA1.split('\n').slice(0, 12).join('\n'), 'cut_off', true],
  ['something else', 'hello world', 'not_a_key', false],
  ['nothing', '', 'not_a_key', false],
  ['JSON with half a key', `{"key":"${RSA8.slice(0, 60)}"}`, 'not_a_key', true],
  ['half a JSON Web Key', '{"kty":"OKP","d":"nWGx', 'not_a_key', true],
  ['a public key, to sign', pem(rsa.publicKey, 'spki'), 'public_for_private', false],
  ['far too much', 'PRIVATE '.repeat(10_000), 'too_long', true],
])('%s', async (_, text, code, isPrivate) => {
  const report = await inspectPem(text, 'sign')
  expect(report.problems.map((problem) => problem.code)).toContain(code)
  expect(report.isPrivate).toBe(isPrivate)
})

test('padding that was not copied', async () => {
  const whole = pem(ed25519.publicKey, 'spki')
  const report = await inspectPem(whole.replace('=\n', '\n'))
  expect(report.problems.map(({ code }) => code)).toEqual(['padding_missing'])
  expect(report.repaired).toBe(whole)
})

test('a private key where a public one is registered', async () => {
  expect((await inspectPem(RSA8, 'register')).problems.map(({ code }) => code)).toEqual(['private_for_public'])
})

test('never throws, and its words hold nothing of the key', async () => {
  const words = (await Promise.all(MANGLED.map(([, text]) => inspectPem(text)))).map(({ problems }) =>
    JSON.stringify(problems),
  )
  for (const line of [...body(RSA1), ...body(RSA8), ...body(ED8)]) expect(words.join()).not.toContain(line)
  await fc.assert(
    fc.asyncProperty(fc.nat(RSA8.length), fc.string({ maxLength: 8 }), async (at, noise) => {
      await inspectPem(RSA8.slice(0, at) + noise + RSA8.slice(at + noise.length))
    }),
    { numRuns: 100 },
  )
})

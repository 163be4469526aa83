import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRandom } from '../random.ts'
import { ENCODINGS, RUN_BYTES } from './encodings.ts'
import { privateParameters } from './private-parameters.ts'
import { createSecretSearch } from './search.ts'

const KEYS = [
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
]
const SECRETS = KEYS.flatMap((pem, index) => privateParameters(`key ${index}`, pem))
const search = createSecretSearch(SECRETS)
const random = createRandom()
const PLANTED = 300

/** What each encoding looks like when others print the bytes: with bytes of their own before and after. */
const SPELLED: Readonly<Record<string, (bytes: Buffer, before: Buffer, after: Buffer) => string | Buffer>> = {
  raw: (bytes) => bytes,
  base64: (bytes, before, after) => Buffer.concat([before, bytes, after]).toString('base64'),
  base64url: (bytes, before, after) => Buffer.concat([before, bytes, after]).toString('base64url'),
  hex: (bytes) => bytes.toString('hex'),
  HEX: (bytes) => bytes.toString('hex').toUpperCase(),
  'hex with spaces': (bytes) => (bytes.toString('hex').match(/../g) ?? []).join(' '),
  'hex with colons': (bytes) => (bytes.toString('hex').match(/../g) ?? []).join(':'),
  'numbers with commas': (bytes) => JSON.stringify(bytes.toJSON().data),
  'numbers with commas and spaces': (bytes) => Array.from(bytes).join(', '),
}

describe(`the search for secrets (seed ${random.seed})`, () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-search-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test.each(ENCODINGS.map(({ name }) => name))('finds any 16 bytes at any place, as %s', (encoding) => {
    for (let count = 0; count < PLANTED; count++) {
      const { secret, text } = plant(encoding)
      expect(search.inBytes('here', text)).toContainEqual({ where: 'here', secret, encoding })
    }
  })

  test.each(['raw', 'hex', 'HEX', 'hex with spaces', 'hex with colons'])(
    'takes 15 bytes for chance, as %s',
    (encoding) => {
      for (let count = 0; count < PLANTED; count++) {
        const { bytes } = pickRun(RUN_BYTES - 1)
        expect(search.inBytes('here', Buffer.from(spell(encoding, bytes)))).toEqual([])
      }
    },
  )

  test.each(['\n', '\r\n', '\\n', '\\r\\n'])('finds 16 bytes that a line break %j parts', (lineBreak) => {
    for (let count = 0; count < PLANTED; count++) {
      const { bytes, name } = pickRun(RUN_BYTES)
      const text = bytes.toString('base64')
      const cut = random.between(0, text.length)
      const parted = `${text.slice(0, cut)}${lineBreak}${text.slice(cut)}`
      const found = search.inBytes('here', Buffer.from(parted))
      expect(new Set(found.map(({ secret }) => secret))).toEqual(new Set([name]))
    }
  })

  test.each(KEYS)('finds every parameter of a key in its PEM, as it is and within JSON', (pem) => {
    const names = (text: string) => new Set(search.inBytes('here', Buffer.from(text)).map(({ secret }) => secret))
    const all = new Set(SECRETS.map(({ name }) => name).filter((name) => name.endsWith(`key ${KEYS.indexOf(pem)}`)))
    expect(names(pem)).toEqual(all)
    expect(names(JSON.stringify({ private_key: pem }))).toEqual(all)
    expect(names(JSON.stringify(JSON.stringify({ private_key: pem })))).toEqual(all)
  })

  test('finds what lies across the pieces in which a file is read', async () => {
    const path = join(folder, 'large')
    const { bytes, name } = pickRun(RUN_BYTES)
    for (const shift of [-RUN_BYTES, -8, -1, 0, 1]) {
      const large = randomBytes(2 * 1024 * 1024 + 100)
      bytes.copy(large, 1024 * 1024 + shift)
      await writeFile(path, large)
      expect(await search.inFile(path)).toEqual([{ where: path, secret: name, encoding: 'raw' }])
    }
  })

  test('finds nothing in what is random', () => {
    expect(search.inBytes('here', randomBytes(8 * 1024 * 1024))).toEqual([])
    expect(search.inBytes('here', Buffer.from(randomBytes(4 * 1024 * 1024).toString('base64')))).toEqual([])
  })
})

function pickRun(length: number): { bytes: Buffer; name: string } {
  const { bytes, name } = random.pick(SECRETS)
  const start = random.between(0, bytes.length - length)
  return { bytes: bytes.subarray(start, start + length), name }
}

function spell(encoding: string, bytes: Buffer): Buffer {
  const spelled = SPELLED[encoding]?.(bytes, randomBytes(random.between(0, 5)), randomBytes(random.between(0, 5)))
  return Buffer.from(spelled ?? '')
}

function plant(encoding: string): { secret: string; text: Buffer } {
  const { bytes, name } = pickRun(RUN_BYTES)
  const around = () => randomBytes(random.between(0, 40))
  return { secret: name, text: Buffer.concat([around(), spell(encoding, bytes), around()]) }
}

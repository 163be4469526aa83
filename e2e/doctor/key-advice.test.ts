import { execFile } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyExportOptions } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inspectPem, PEM_PROBLEMS, type PemProblemCode, type PemUse } from '@countersign/doctor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runIn } from '../../packages/cli/src/testing/test-io.ts'
import { requireTool } from '../support/require-tool.ts'
import { findUnread, KEY_READERS, type KeyToRead } from './read-keys.ts'

const run = promisify(execFile)
const SLOW_MS = 300_000

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ed25519 = generateKeyPairSync('ed25519').privateKey
type Key = typeof rsa
const pem = (key: Key, options: object) => String(key.export({ format: 'pem', ...options } as KeyExportOptions))
const RSA8 = pem(rsa, { type: 'pkcs8' })
const RSA1 = pem(rsa, { type: 'pkcs1' })
const ED8 = pem(ed25519, { type: 'pkcs8' })
const SPKI = pem(createPublicKey(rsa), { type: 'spki' })
const DER = ed25519.export({ format: 'der', type: 'pkcs8' })
const SEED = DER.subarray(-32)
const POINT = createPublicKey(ed25519).export({ format: 'der', type: 'spki' }).subarray(-32)
const bodyOf = (text: string) => text.split('\n').slice(1, -2).join('\n')
const jwk = (key: Key, changes: object = {}) => JSON.stringify({ ...key.export({ format: 'jwk' }), ...changes })
const damaged = (member: string) => {
  const bytes = Buffer.from(String(rsa.export({ format: 'jwk' })[member as 'p']), 'base64url')
  bytes[9] = (bytes[9] ?? 0) ^ 4
  return bytes.toString('base64url')
}
const WITH_POINT = Buffer.concat([
  Buffer.from('3051020101', 'hex'),
  DER.subarray(5),
  Buffer.from('812100', 'hex'),
  POINT,
])
const inPem = (label: string, der: Uint8Array) =>
  [`-----BEGIN ${label}-----`, Buffer.from(der).toString('base64'), `-----END ${label}-----`, ''].join('\n')

/** What a key file with each problem looks like; a command makes those that a toolkit has to make. */
const FILES: Readonly<Record<PemProblemCode, string | Uint8Array | readonly [command: string, file: string]>> = {
  literal_newlines: RSA1.replaceAll('\n', '\\n'),
  one_line: RSA8.replaceAll('\n', ' '),
  quoted: `KEY="${RSA1}"`,
  encoded_again: Buffer.from(RSA1).toString('base64'),
  armour_missing: bodyOf(RSA8),
  armour_missing_pkcs1: bodyOf(RSA1),
  armour_missing_public: bodyOf(SPKI),
  armour_damaged: RSA8.replace('-----BEGIN', '----BEGIN'),
  text_around: `Bag Attributes\n${ED8}`,
  spaces_inside: RSA8.replaceAll('\n', '\n  '),
  base64url: RSA8.replaceAll('+', '-').replaceAll('/', '_'),
  padding_missing: pem(createPublicKey(ed25519), { type: 'spki' }).replace('=\n', '\n'),
  cut_off: RSA1.slice(0, 800),
  binary: DER,
  utf16: Buffer.from(`\ufeff${RSA8.replaceAll('\n', '\r\n')}`, 'utf16le'),
  byte_order_mark: `\ufeff${ED8}`,
  carriage_returns: RSA1.replaceAll('\n', '\r'),
  layout: ED8.replaceAll('\n', '\n\n'),
  encoding_unusual: inPem('PRIVATE KEY', WITH_POINT),
  pkcs1_labelled_pkcs8: RSA1.replaceAll('RSA PRIVATE', 'PRIVATE'),
  pkcs8_labelled_pkcs1: RSA8.replaceAll('PRIVATE', 'RSA PRIVATE'),
  label_wrong: ED8.replaceAll('PRIVATE', 'EC PRIVATE'),
  public_for_private: SPKI,
  private_for_public: RSA8,
  pkcs1_public_key: pem(createPublicKey(rsa), { type: 'pkcs1' }),
  encrypted: pem(rsa, { type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' }),
  openssh: ["ssh-keygen -q -t ed25519 -N '' -f openssh", 'openssh'],
  openssh_encrypted: ['ssh-keygen -q -t ed25519 -N secret -f locked', 'locked'],
  openssh_damaged: inPem('OPENSSH PRIVATE KEY', Buffer.from(`openssh-key-v1\0\0\0\0\x04none${'\0'.repeat(40)}`)),
  openssh_public: ['ssh-keygen -q -t rsa -b 2048 -N secret -f pair', 'pair.pub'],
  jwk: jwk(rsa),
  jwk_incomplete: jwk(rsa, { p: undefined }),
  ed25519_seed: SEED.toString('hex'),
  ed25519_secret: Buffer.concat([SEED, POINT]).toString('base64'),
  halves_differ: Buffer.concat([SEED, SEED]).toString('base64'),
  rsa_numbers_damaged: jwk(rsa, { dp: damaged('dp') }),
  rsa_numbers_lost: jwk(rsa, { p: damaged('p'), q: damaged('q') }),
  certificate: [
    'openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=a -out certificate.pem',
    'certificate.pem',
  ],
  rsa_pss_key: pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey, { type: 'pkcs8' }),
  wrong_type: pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, { type: 'pkcs8' }),
  rsa_key_refused: pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, { type: 'pkcs8' }),
  too_long: `${RSA8}${'#'.repeat(40_000)}`,
  not_a_key: 'hello world',
}

/** What a key is wanted for, where the problem is that it is the other half. */
const USES: Partial<Record<PemProblemCode, PemUse>> = { public_for_private: 'sign', private_for_public: 'register' }

/** Advice that is a decision, which no command takes: this one gives the file of the key. */
const BY_HAND: Partial<Record<PemProblemCode, string>> = { too_long: RSA8 }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-advice-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test(
  'what the doctor advises for a key ends well, for every problem that it can name',
  async (context) => {
    requireTool(context, 'ssh-keygen', 'openssh-client')
    for (const { program, package: from } of Object.values(KEY_READERS)) requireTool(context, program, from)
    const ended: KeyToRead[] = []
    for (const code of Object.keys(PEM_PROBLEMS) as PemProblemCode[]) {
      const file = await fileOf(code)
      const use = USES[code]
      const before = await inspectPem(await readFile(join(folder, file)), use)
      expect({ code, named: before.problems.map((it) => it.code) }).toEqual({
        code,
        named: expect.arrayContaining([code]),
      })
      const text = await readFile(join(folder, await carryOut(code, file)), 'utf8')
      const { problems, publicKey } = await inspectPem(text, use)
      expect({ code, problems }).toEqual({ code, problems: [] })
      ended.push({ content: text, spki: Buffer.from(publicKey?.spki ?? []).toString('base64'), name: code })
    }
    expect(await findUnread(ended, join(folder, 'ended'))).toEqual([])
  },
  SLOW_MS,
)

async function fileOf(code: PemProblemCode): Promise<string> {
  const content = FILES[code]
  if (typeof content !== 'string' && !(content instanceof Uint8Array)) {
    await shell(content[0])
    return content[1]
  }
  const file = `${code}.pem`
  await writeFile(join(folder, file), content, { mode: 0o600 })
  return file
}

/** Does what the terminal says, word for word: --repair where that is offered, else the command in the advice. */
async function carryOut(code: PemProblemCode, file: string): Promise<string> {
  const fixed = `${code}.fixed`
  const byHand = BY_HAND[code]
  if (byHand !== undefined) {
    await writeFile(join(folder, fixed), byHand)
    return fixed
  }
  const { stdout } = await runIn(folder, ['doctor', '--pem', file])
  const offered = /or {8}countersign (doctor --pem \S+ --repair )NEW_FILE/.exec(stdout)?.[1]
  if (offered !== undefined) return repairTo(fixed, offered.trim().split(' '))
  const { hint } = PEM_PROBLEMS[code]
  const [command] = /(?:cp FILE|openssl|ssh-keygen) .*?(?=[.,]?$|\. )/.exec(hint) ?? []
  expect({ code, hint, command }).toEqual({ code, hint, command: expect.any(String) })
  await shell(`${command}`.replaceAll('FILE', file).replaceAll('COPY', `${fixed}.copy`).replaceAll('NEW', fixed))
  return command?.includes('COPY') ? repairTo(fixed, ['doctor', '--pem', `${fixed}.copy`, '--repair']) : fixed
}

async function repairTo(fixed: string, argv: readonly string[]): Promise<string> {
  expect(await runIn(folder, [...argv, fixed])).toMatchObject({ code: 0, stderr: '' })
  return fixed
}

/** A person types the passphrase; openssl and ssh-keygen are given it another way here. */
async function shell(command: string): Promise<void> {
  const told = command
    .replace(/^openssl pkey -in (?=encrypted)/, 'openssl pkey -passin pass:secret -in ')
    .replace("-p -N ''", "-p -P secret -N ''")
  await run('sh', ['-c', told], { cwd: folder })
}

test('a repaired key is the same key', async () => {
  for (const code of ['utf16', 'jwk', 'rsa_numbers_damaged', 'armour_missing_pkcs1'] as const) {
    const content = FILES[code]
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) continue
    const { repaired } = await inspectPem(content)
    expect(createPrivateKey(repaired ?? '').equals(rsa)).toBe(true)
  }
})

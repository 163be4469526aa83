import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Answer, fakeServer, KEY_PEM, type SeenRequest, signingOptions } from '../testing/fake-server.ts'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

const MADE = { api_key_id: '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10', private_key: KEY_PEM, key_type: 'ed25519' }
/** By openssl: pkey -pubout -outform DER | dgst -sha256. */
const FINGERPRINT = 'BuP9j9opu2CrWVV95h7bCuzbIxE0vjDnW0Vfjht5L6k'

async function generate(
  argv: string[],
  options: TestIo & { answer?: (request: SeenRequest) => Answer; folder?: string } = {},
) {
  const { answer = () => ({ status: 201, body: MADE }), folder = await testFolder(), ...io } = options
  const { url, seen } = await fakeServer(answer)
  const connection = await signingOptions(folder, url)
  const outcome = await runIn(folder, ['keys', 'generate', ...connection, ...argv], io)
  return { ...outcome, seen, folder, url }
}

describe('keys generate --out', () => {
  test('saves the private key for its owner only and tells what was made', async () => {
    const { code, stdout, stderr, seen, folder, url } = await generate(['--name', ' pricing-bot ', '--out', 'new.pem'])
    const file = join(folder, 'new.pem')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(await readFile(file, 'utf8')).toBe(KEY_PEM)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(seen.map(({ method, target, body }) => [method, target, body])).toEqual([
      ['POST', '/trade-api/v2/api_keys/generate', '{"name":"pricing-bot"}'],
    ])
    expect(stdout).toMatch(
      /^● Key pricing-bot made\n {2}key id {7}8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10\n {2}fingerprint {2}/,
    )
    expect(stdout).toContain(
      `  private key  new.pem (mode 0600). It is nowhere else and cannot be shown again.
  try it       countersign request GET /trade-api/v2/api_keys --key-id ${MADE.api_key_id} --key-file new.pem --url ${url}
`,
    )
    expect(stdout).not.toContain('PRIVATE KEY-----')
  })

  test('sends all that was said of the key', async () => {
    const { seen } = await generate([
      ...['--name', 'a', '--key-type', 'ed25519', '--scopes', 'read, write::trade', '--subaccount', '63', '--out', 'k'],
    ])
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      name: 'a',
      key_type: 'ed25519',
      scopes: ['read', 'write::trade'],
      subaccount: 63,
    })
  })

  test('with --json tells the fields of the API and the file', async () => {
    const { code, stdout, folder } = await generate(['--name', 'a', '--out', 'new.pem', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      api_key_id: MADE.api_key_id,
      key_type: 'ed25519',
      private_key_file: join(folder, 'new.pem'),
    })
  })

  test('makes the file before it asks for the key', async () => {
    const folder = await testFolder()
    let existed = false
    const answer = () => {
      existed = existsSync(join(folder, 'new.pem'))
      return { status: 201, body: MADE }
    }
    await generate(['--name', 'a', '--out', 'new.pem'], { folder, answer })
    expect(existed).toBe(true)
  })

  test('never overwrites a file, and then makes no key', async () => {
    const folder = await testFolder()
    await writeFile(join(folder, 'new.pem'), 'precious')
    const { code, stderr, seen } = await generate(['--name', 'a', '--out', 'new.pem'], { folder })
    expect({ code, stderr, seen }).toEqual({
      code: 1,
      stderr: 'error: new.pem exists\n  fix  choose another name; a private key is never overwritten\n',
      seen: [],
    })
    expect(await readFile(join(folder, 'new.pem'), 'utf8')).toBe('precious')
  })

  test('in a folder that does not exist makes no key', async () => {
    const { code, stderr, seen } = await generate(['--name', 'a', '--out', 'no where/new.pem'])
    expect({ code, seen }).toEqual({ code: 1, seen: [] })
    expect(stderr).toContain("fix  mkdir -p 'no where'")
  })

  test.each<[string, Answer]>([
    ['a refusal', { status: 403, body: { error: { code: 'insufficient_scope', message: 'no', details: 'write' } } }],
    ['an answer without a key', { status: 201, body: { api_key_id: 'a' } }],
  ])('leaves no file behind after %s', async (_, answer) => {
    const { code, folder } = await generate(['--name', 'a', '--out', 'new.pem'], { answer: () => answer })
    expect(code).toBe(1)
    expect(existsSync(join(folder, 'new.pem'))).toBe(false)
  })

  test('leaves no file behind where the server cannot be reached', async () => {
    const folder = await testFolder()
    const options = await signingOptions(folder, 'http://127.0.0.1:9')
    const refused = Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    })
    const { code, stderr } = await runIn(folder, ['keys', 'generate', ...options, '--name', 'a', '--out', 'new.pem'], {
      fetch: () => Promise.reject(refused),
    })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'error: http://127.0.0.1:9 cannot be reached: connection refused\n' +
        '  fix  start the server with npm start, or name another with --url\n',
    })
    expect(existsSync(join(folder, 'new.pem'))).toBe(false)
  })
})

describe('keys generate without --out', () => {
  test('writes the private key alone to standard output', async () => {
    const { code, stdout, stderr } = await generate(['--name', 'a'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: KEY_PEM })
    expect(stderr).toMatch(/^key id 8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10\nfingerprint [\w-]{43}\n$/)
  })

  test('on a terminal warns and asks first', async () => {
    const { code, stdout, stderr, asked } = await generate(['--name', 'a'], { terminal: true, answers: [true] })
    expect({ code, stdout }).toEqual({ code: 0, stdout: KEY_PEM })
    expect(stderr).toMatch(/^This prints a private key on screen\. Use --out FILE to save it\.\n/)
    expect(asked).toHaveLength(1)
  })

  test.each([[[]], [['--json']]])('on a terminal makes no key where the answer is no %j', async (argv) => {
    const { code, stdout, seen } = await generate(['--name', 'a', ...argv], { terminal: true, answers: [false] })
    expect({ code, stdout, seen }).toEqual({ code: 1, stdout: '', seen: [] })
  })

  test('with --json is the answer of the API', async () => {
    const { stdout } = await generate(['--name', 'a', '--json'])
    expect(JSON.parse(stdout)).toEqual(MADE)
  })
})

describe('keys generate refuses', () => {
  test.each([
    ['no name', [], "required option '--name <name>' not specified"],
    ['a name of spaces', ['--name', '  '], 'A name must have 1 to 128 characters.'],
    ['a name with an escape', ['--name', 'a\u001b[31m'], 'A name must not contain control characters.'],
    ['a sub-account that is none', ['--name', 'a', '--subaccount', '64'], 'must be an integer from 0 to 63'],
    ['a sub-account in other digits', ['--name', 'a', '--subaccount', '1e1'], 'must be an integer from 0 to 63'],
    ['an empty scope', ['--name', 'a', '--scopes', 'read,'], 'Give scopes with commas between them'],
    ['another kind of key', ['--name', 'a', '--key-type', 'dsa'], 'Allowed choices are rsa, ed25519'],
  ])('%s, unsent', async (_, argv, message) => {
    const { code, stderr, seen } = await generate([...argv, '--out', 'new.pem'])
    expect({ code, seen }).toEqual({ code: 2, seen: [] })
    expect(stderr).toContain(message)
    expect(stderr).toContain('fix  countersign keys generate --help')
    expect(stderr).not.toContain('\u001b')
  })
})

test('the fingerprint is the one of the public key', async () => {
  const { stderr } = await generate(['--name', 'a'])
  expect(stderr).toContain(FINGERPRINT)
})

import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fakeServer, KEY_ID, KEY_PEM, signingOptions } from './testing/fake-server.ts'
import { runIn, testFolder } from './testing/test-io.ts'

describe('run', () => {
  test.each([[['--help']], [['help']], [['keys', '--help']], [['keys', 'generate', '--help']]])(
    '%j shows help and is done',
    async (argv) => {
      const { code, stdout, stderr } = await runIn(await testFolder(), argv)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/^Usage: countersign/)
      expect(stdout).toContain('--key-file <file>')
    },
  )

  test('--version prints it', async () => {
    expect(await runIn(await testFolder(), ['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })

  test.each([[[]], [['keys']], [['profile']]])('%j alone shows its help as an error', async (argv) => {
    const { code, stdout, stderr } = await runIn(await testFolder(), argv)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^Usage: countersign/)
  })

  test.each([
    [['keyz'], "unknown command 'keyz'", 'Did you mean keys?', 'countersign --help'],
    [['keys', 'lst'], "unknown command 'lst'", 'Did you mean list?', 'countersign keys --help'],
    [
      ['keys', 'list', '--unheard'],
      "unknown option '--unheard'",
      'usage: countersign keys list',
      'countersign keys list --help',
    ],
    [['sign', 'GET'], "missing required argument 'path'", 'usage: countersign sign', 'countersign sign --help'],
    [['sign', 'GET', '/a', 'b'], 'too many arguments', 'usage: countersign sign', 'countersign sign --help'],
  ])('%j is wrong usage', async (argv, message, why, fix) => {
    const { code, stdout, stderr } = await runIn(await testFolder(), argv)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    const [first, second, third] = stderr.split('\n')
    expect(first).toContain(`error: ${message}`)
    expect(second).toContain(`  why  ${why}`)
    expect(third).toBe(`  fix  ${fix}`)
  })

  test.each([[['keyz', '--json']], [['keys', '--json']], [['--json']], [['sign', '--json', 'GET']]])(
    '%j is wrong usage in one JSON document',
    async (argv) => {
      const { code, stdout, stderr } = await runIn(await testFolder(), argv)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(JSON.parse(stderr)).toEqual({
        error: { code: 'usage', message: expect.any(String), fix: expect.stringContaining('countersign') },
      })
    },
  )

  test('without a key says every way to name one', async () => {
    const { code, stderr } = await runIn(await testFolder(), ['keys', 'list'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/--key-id ID --key-file FILE.*COUNTERSIGN_KEY_ID.*profile save/)
  })
})

describe('refusals of the server', () => {
  async function list(
    answer: { status: number; body: unknown; headers?: Record<string, string> },
    argv: string[] = [],
  ) {
    const folder = await testFolder()
    const { url } = await fakeServer(() => answer)
    return runIn(folder, ['keys', 'list', ...(await signingOptions(folder, url)), ...argv])
  }

  const SCOPE = { error: { code: 'insufficient_scope', message: 'the key lacks a scope', details: 'read' } }

  test('are shown with code, message, details and a fix', async () => {
    expect(await list({ status: 403, body: SCOPE })).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'error: the key lacks a scope (403 insufficient_scope)\n  why  read\n  fix  use a key that has the scope\n',
    })
  })

  test('are one JSON document with --json', async () => {
    const { stdout, stderr } = await list({ status: 403, body: SCOPE }, ['--json'])
    expect(stdout).toBe('')
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'insufficient_scope',
        message: 'the key lacks a scope',
        fix: 'use a key that has the scope',
        status: 403,
        details: 'read',
      },
    })
  })

  test('show what the server found wrong with the signature', async () => {
    const error = { code: 'authentication_error', message: 'authentication_error', details: 'X' }
    const body = { error, diagnosis: { cause: 'clock', hint: 'Set the clock.' } }
    expect((await list({ status: 401, body })).stderr).toBe(
      'error: authentication_error (401)\n  why  X\n  fix  Set the clock.\n',
    )
  })

  test('of too many requests say when to try again', async () => {
    const answer = { status: 429, body: { error: 'too many requests' }, headers: { 'retry-after': '7' } }
    expect((await list(answer)).stderr).toContain('fix  run it again in 7 s')
    expect(JSON.parse((await list(answer, ['--json'])).stderr).error).toMatchObject({ retry_after_seconds: 7 })
  })

  test('of a fault name the request', async () => {
    const error = { code: 'internal_server_error', message: 'internal server error', request_id: 'r1' }
    expect((await list({ status: 500, body: { error } })).stderr).toContain('request r1')
  })

  test('by something that is no Countersign say so', async () => {
    const { stderr } = await list({ status: 502, body: '<html>' })
    expect(stderr).toContain('is no answer of this API')
    expect(stderr).toContain('check --url')
  })

  test('are shown as harmless text', async () => {
    const error = { code: 'x', message: 'a\u001b[2J\nerror: b', details: '\u202e' }
    const { stderr } = await list({ status: 400, body: { error } })
    expect(stderr).toMatch(/^error: a\\u\{1b\}\[2J\\u\{a\}error: b \(400 x\)\n {2}why {2}\\u\{202e\}\n/)
  })
})

describe('the key file', () => {
  async function listWith(pem: string, mode = 0o600, platform?: string) {
    const folder = await testFolder()
    const { url, seen } = await fakeServer(() => ({ body: { api_keys: [] } }))
    await writeFile(join(folder, "my key's.pem"), pem)
    await chmod(join(folder, "my key's.pem"), mode)
    const argv = ['keys', 'list', '--url', url, '--key-id', KEY_ID, '--key-file', "my key's.pem"]
    return { ...(await runIn(folder, argv, platform ? { platform } : {})), seen }
  }

  test.each([0o644, 0o640, 0o604, 0o444])('with mode %o is refused, unsent', async (mode) => {
    const { code, stderr, seen } = await listWith(KEY_PEM, mode)
    expect({ code, seen }).toEqual({ code: 1, seen: [] })
    expect(stderr).toBe(
      `error: my key's.pem can be read by other users (mode 0${mode.toString(8)})\n` +
        '  why  A private key that others can read is not private.\n' +
        "  fix  chmod 600 'my key'\\''s.pem'\n",
    )
  })

  test.each([0o600, 0o400, 0o700])('with mode %o is read', async (mode) => {
    expect((await listWith(KEY_PEM, mode)).code).toBe(0)
  })

  test('has no modes on Windows', async () => {
    expect((await listWith(KEY_PEM, 0o644, 'win32')).code).toBe(0)
  })

  test.each([
    ['nothing', '', 'no private key found'],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'this is a public key'],
    ['a mangled key', KEY_PEM.replace('MC4C', 'MC8C'), 'holds no PKCS#8 private key'],
  ])('that holds %s is refused without a word of it', async (_, pem, message) => {
    const { code, stderr, seen } = await listWith(pem)
    expect({ code, seen }).toEqual({ code: 1, seen: [] })
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('BCIEI')
  })

  test('of another key is refused by the server', async () => {
    const other =
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----'
    const { code, stderr } = await listWith(other)
    expect(code).toBe(1)
    expect(stderr).toContain('check that the private key (--key-file) belongs to the key id (--key-id)')
  })
})

test('Ctrl-C ends a request that waits', async () => {
  const folder = await testFolder()
  const interruption = new AbortController()
  const { url } = await fakeServer(() => {
    interruption.abort()
    return new Promise(() => {})
  })
  const argv = ['keys', 'generate', '--name', 'a', '--out', 'new.pem', ...(await signingOptions(folder, url))]
  const { code, stderr } = await runIn(folder, argv, { interrupted: interruption.signal })
  expect(code).toBe(1)
  expect(stderr).toContain('error: interrupted')
})

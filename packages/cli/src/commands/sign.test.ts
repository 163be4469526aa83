import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  checkContentDigest,
  coverageProblem,
  importVerifyingKey,
  parsePrivateKey,
  publicKeyOf,
  readMessageSignatures,
  verifyMessage,
  verifyRequest,
} from '@countersign/protocol'
import { describe, expect, test } from 'vitest'
import { KEY_ID, KEY_PEM, signingOptions } from '../testing/fake-server.ts'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

const NOW = 1703123456789
const KEY = await importVerifyingKey(await publicKeyOf(parsePrivateKey(KEY_PEM)))

async function sign(argv: string[], io: TestIo = {}, url = 'https://api.example') {
  const folder = await testFolder()
  await writeFile(join(folder, 'body.bin'), Buffer.from([0xff, 0x00, 0x0a]))
  const connection = await signingOptions(folder, url)
  return runIn(folder, ['sign', ...argv, ...connection], {
    now: () => NOW,
    fetch: () => Promise.reject(new Error('sign must send nothing')),
    ...io,
  })
}

/** The headers as curl reads them from standard input. */
function headersOf(stdout: string): Map<string, string> {
  const lines = stdout.split('\n')
  expect(lines.pop()).toBe('')
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(': ')).toLowerCase(), line.slice(line.indexOf(': ') + 2)]),
  )
}

/** Whether they sign this request to https://api.example, all of it. */
async function verifies(headers: Map<string, string>, method: string, target: string, body?: Uint8Array) {
  const header = (name: string) => headers.get(name)
  const read = readMessageSignatures(header)
  if ('problem' in read || !read[0]) throw new Error('not one signature')
  const problem =
    coverageProblem(read[0], { method, target, hasBody: body !== undefined }) ??
    (body && (await checkContentDigest(header('content-digest'), body)))
  if (problem) return problem.message
  return verifyMessage(read[0], { method, target, authority: 'api.example', scheme: 'https', header }, KEY)
}

describe('sign', () => {
  test('prints the headers of RFC 9421, one a line, and says for which server', async () => {
    const { code, stdout, stderr } = await sign(['post', '/v2/a%20b/?x=1'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Signed for https://api.example, without a body.\n' })
    expect(stdout).toMatch(
      new RegExp(
        `^Signature-Input: sig1=\\("@method" "@authority" "@path" "@query"\\);created=1703123456;keyid="${KEY_ID}";nonce="[^"]+";tag="countersign"\nSignature: sig1=:[^:]+:\n$`,
      ),
    )
    expect(await verifies(headersOf(stdout), 'POST', '/v2/a%20b/?x=1')).toBe(true)
    expect(await verifies(headersOf(stdout), 'POST', '/v2/a%20b/?x=2')).toBe(false)
  })

  test.each([
    ['a text', ['--data', '{"a":1}'], {}, Buffer.from('{"a":1}'), '7 bytes'],
    ['a file, byte for byte', ['--data', '@body.bin'], {}, Buffer.from([0xff, 0x00, 0x0a]), '3 bytes'],
    ['standard input', ['--data', '-'], { stdin: 'a' }, Buffer.from('a'), '1 byte'],
  ])('covers a body from %s', async (_, argv, io, body, size) => {
    const { code, stdout, stderr } = await sign(['POST', '/x', ...argv], io)
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `Signed for https://api.example, with a body of ${size}.\n`,
    })
    expect(stdout).toMatch(/^Content-Digest: sha-256=:/)
    expect(await verifies(headersOf(stdout), 'POST', '/x', body)).toBe(true)
    expect(await verifies(headersOf(stdout), 'POST', '/x', Buffer.from('b'))).toContain('Content-Digest')
  })

  test('without --data covers no body', async () => {
    const { stdout } = await sign(['POST', '/x'])
    expect(await verifies(headersOf(stdout), 'POST', '/x', Buffer.from('a'))).toBe('missing: content-digest')
  })

  test('with --tag writes another tag', async () => {
    expect((await sign(['GET', '/x', '--tag', 'acme'])).stdout).toContain(';tag="acme"')
  })

  test('with --json is one document, without a note', async () => {
    const { stdout, stderr } = await sign(['POST', '/x', '--data', 'a', '--json'])
    expect(stderr).toBe('')
    expect(Object.keys(JSON.parse(stdout))).toEqual(['Content-Digest', 'Signature-Input', 'Signature'])
  })

  test.each([
    ['a path without its slash', ['GET', 'portfolio'], 'PATH must start with one slash'],
    ['a URL', ['GET', 'https://x.example/y'], 'PATH must start with one slash'],
    ['two slashes', ['GET', '//x.example/y'], 'PATH must start with one slash'],
    ['a space', ['GET', '/a b'], 'percent-encode'],
    ['letters beyond ASCII', ['GET', '/größe'], 'percent-encode'],
    ['a fragment', ['GET', '/a#b'], 'percent-encode'],
    ['a line break', ['GET', '/a\nX-Evil: 1'], 'percent-encode'],
    ['a method that is none', ['G T', '/a'], 'METHOD must be letters'],
    ['a GET with a body', ['GET', '/a', '--data', 'a'], 'GET takes no body'],
    ['a tag with a line break', ['GET', '/a', '--tag', 'a\nX-Evil: 1'], '--tag must be printable ASCII'],
    ['the name of a saved profile', ['GET', '/a', '--profile', 'desk'], 'countersign profile use NAME'],
  ])('refuses %s', async (_, argv, message) => {
    const { code, stdout, stderr } = await sign(argv)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})

describe('sign --profile access-headers', () => {
  const PROFILE = ['--profile', 'access-headers']

  async function verifiesAccessHeaders(signature: string, method: string, target: string): Promise<boolean> {
    return verifyRequest({ method, target, timestamp: String(NOW), signature }, KEY)
  }

  test('prints the three headers', async () => {
    const { code, stdout, stderr } = await sign(['get', '/trade-api/v2/a%20b/?x=1', ...PROFILE])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [keyId, timestamp, signature = '', end] = stdout.split('\n')
    expect([keyId, timestamp, end]).toEqual([`KALSHI-ACCESS-KEY: ${KEY_ID}`, `KALSHI-ACCESS-TIMESTAMP: ${NOW}`, ''])
    const value = signature.replace('KALSHI-ACCESS-SIGNATURE: ', '')
    expect(await verifiesAccessHeaders(value, 'GET', '/trade-api/v2/a%20b/')).toBe(true)
    expect(await verifiesAccessHeaders(value, 'GET', '/trade-api/v2/a%20b')).toBe(false)
  })

  test('signs dot segments as they are, unlike a URL parser', async () => {
    const { stdout } = await sign(['GET', '/a/../b', '--json', ...PROFILE])
    expect(await verifiesAccessHeaders(JSON.parse(stdout)['KALSHI-ACCESS-SIGNATURE'], 'GET', '/a/../b')).toBe(true)
  })
})

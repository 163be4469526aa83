import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Answer, fakeServer, signingOptions } from '../testing/fake-server.ts'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

async function request(argv: string[], answer: Answer = { body: { ok: true } }, io: TestIo = {}, file = '') {
  const folder = await testFolder()
  await writeFile(join(folder, 'data.json'), file)
  const { url, seen } = await fakeServer(() => answer)
  const outcome = await runIn(folder, ['request', ...argv, ...(await signingOptions(folder, url))], io)
  return { ...outcome, seen }
}

describe('request', () => {
  test('sends the path and query and prints the body as it came', async () => {
    const { code, stdout, stderr, seen } = await request(['get', '/a%20b?x=1'])
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{"ok":true}', stderr: '● 200 OK\n' })
    expect(seen).toMatchObject([{ method: 'GET', target: '/a%20b?x=1' }])
    expect(seen[0]?.headers).not.toHaveProperty('content-type')
  })

  test.each([
    ['as an argument', '{"a":1}', {}, ''],
    ['from a file', '@data.json', {}, '{"a":1}'],
    ['from standard input', '-', { stdin: '{"a":1}' }, ''],
  ])('sends JSON %s', async (_, data, io, file) => {
    const { code, seen } = await request(['POST', '/x', '--data', data], {}, io, file)
    expect(code).toBe(0)
    expect(seen).toMatchObject([{ method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } }])
  })

  test.each(['http-message-signatures', 'access-headers'])('signs with --profile %s', async (profile) => {
    const { code, seen } = await request(['POST', '/x?y=1', '--data', '{"a":1}', '--profile', profile])
    expect({ code, seen }).toMatchObject({ code: 0, seen: [{ profile, body: '{"a":1}' }] })
  })

  test('signs by RFC 9421 where nothing else is said', async () => {
    expect((await request(['GET', '/x'])).seen).toMatchObject([{ profile: 'http-message-signatures' }])
  })

  const REFUSED = {
    status: 401,
    body: {
      error: { code: 'authentication_error', message: 'authentication_error', details: 'API_KEY_DISABLED' },
      diagnosis: { cause: 'x', hint: 'do this\u001b[2J' },
    },
  }

  test('exits 1 on a refusal, with its body, its status and what to do', async () => {
    const { code, stdout, stderr } = await request(['GET', '/x'], REFUSED)
    expect({ code, stdout: JSON.parse(stdout) }).toEqual({ code: 1, stdout: REFUSED.body })
    expect(stderr).toBe('✕ 401 Unauthorized\n  fix  do this\\u{1b}[2J\n')
  })

  test('exits 1 on a fault of the server', async () => {
    expect(await request(['GET', '/x'], { status: 502, body: 'Bad Gateway' })).toMatchObject({
      code: 1,
      stdout: 'Bad Gateway',
    })
  })

  test('with --json tells refusals as JSON, and successes only by their body', async () => {
    expect((await request(['GET', '/x', '--json'])).stderr).toBe('')
    const { stderr } = await request(['GET', '/x', '--json'], REFUSED)
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'authentication_error', status: 401 })
  })

  test('shows the body on a terminal as harmless text, and whole in a pipe', async () => {
    const answer = { body: 'a\u001b]0;evil\u0007\tb\nc' }
    expect((await request(['GET', '/x'], answer, { terminal: true })).stdout).toBe('a\\u{1b}]0;evil\\u{7}\tb\nc\n')
    expect((await request(['GET', '/x'], answer)).stdout).toBe(answer.body)
  })

  test('follows no redirect to another origin', async () => {
    const { code, stderr } = await request(['GET', '/x'], {
      status: 302,
      headers: { location: 'https://evil.example/' },
    })
    expect(code).toBe(1)
    expect(stderr).toContain('redirect to https://evil.example: a signature is not sent to another origin')
  })

  test.each([
    ['data that is no JSON', ['POST', '/x', '--data', 'a=1'], '--data is no JSON'],
    ['a GET with a body', ['GET', '/x', '--data', '{}'], 'GET takes no body'],
    ['another server as path', ['GET', '//evil.example/x'], 'PATH must start with one slash'],
  ])('refuses %s, unsent', async (_, argv, message) => {
    const { code, stderr, seen } = await request(argv)
    expect({ code, seen }).toEqual({ code: 2, seen: [] })
    expect(stderr).toContain(message)
  })

  test('refuses a file that is not there', async () => {
    const { code, stderr } = await request(['POST', '/x', '--data', '@nope.json'])
    expect(code).toBe(1)
    expect(stderr).toContain('nope.json cannot be read')
  })
})

import { importVerifyingKey, parsePrivateKey, publicKeyOf, verifyRequest } from '@countersign/protocol'
import { describe, expect, test } from 'vitest'
import { KEY_ID, KEY_PEM, signingOptions } from '../testing/fake-server.ts'
import { runIn, testFolder } from '../testing/test-io.ts'

const NOW = 1703123456789

async function sign(argv: string[]) {
  const folder = await testFolder()
  const connection = await signingOptions(folder, 'http://127.0.0.1:1')
  return runIn(folder, ['sign', ...argv, ...connection], {
    now: () => NOW,
    fetch: () => Promise.reject(new Error('sign must send nothing')),
  })
}

async function verifies(signature: string, method: string, target: string): Promise<boolean> {
  const key = await importVerifyingKey(await publicKeyOf(parsePrivateKey(KEY_PEM)))
  return verifyRequest({ method, target, timestamp: String(NOW), signature }, key)
}

describe('sign', () => {
  test('prints the headers, one a line', async () => {
    const { code, stdout, stderr } = await sign(['get', '/trade-api/v2/a%20b/?x=1'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [keyId, timestamp, signature = '', end] = stdout.split('\n')
    expect([keyId, timestamp, end]).toEqual([`KALSHI-ACCESS-KEY: ${KEY_ID}`, `KALSHI-ACCESS-TIMESTAMP: ${NOW}`, ''])
    const value = signature.replace('KALSHI-ACCESS-SIGNATURE: ', '')
    expect(await verifies(value, 'GET', '/trade-api/v2/a%20b/')).toBe(true)
    expect(await verifies(value, 'GET', '/trade-api/v2/a%20b')).toBe(false)
  })

  test('signs dot segments as they are, unlike a URL parser', async () => {
    const { stdout } = await sign(['GET', '/a/../b', '--json'])
    expect(await verifies(JSON.parse(stdout)['KALSHI-ACCESS-SIGNATURE'], 'GET', '/a/../b')).toBe(true)
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
  ])('refuses %s', async (_, argv, message) => {
    const { code, stdout, stderr } = await sign(argv)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})

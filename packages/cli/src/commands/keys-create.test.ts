import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fakeServer, KEY_PEM, signingOptions } from '../testing/fake-server.ts'
import { runIn, testFolder } from '../testing/test-io.ts'

const PUBLIC_PEM = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' })

async function create(file: string | undefined, argv: string[] = []) {
  const folder = await testFolder()
  if (file !== undefined) await writeFile(join(folder, 'key.pem'), file)
  const { url, seen } = await fakeServer(() => ({ status: 201, body: { api_key_id: 'new-id' } }))
  const connection = await signingOptions(folder, url)
  const words = ['keys', 'create', ...connection, '--name', 'mine', '--public-key', 'key.pem', ...argv]
  return { ...(await runIn(folder, words)), seen }
}

describe('keys create', () => {
  test('registers a public key', async () => {
    const { code, stdout, stderr, seen } = await create(String(PUBLIC_PEM), ['--scopes', 'read', '--subaccount', '0'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^● Key mine registered\n {2}key id {7}new-id\n {2}fingerprint {2}[\w-]{43}\n$/)
    expect(seen.map(({ method, target, body }) => [method, target, JSON.parse(body)])).toEqual([
      ['POST', '/trade-api/v2/api_keys', { name: 'mine', public_key: PUBLIC_PEM, scopes: ['read'], subaccount: 0 }],
    ])
  })

  test('with --json answers as the API does', async () => {
    expect(JSON.parse((await create(String(PUBLIC_PEM), ['--json'])).stdout)).toEqual({ api_key_id: 'new-id' })
  })

  test('never sends a private key', async () => {
    const { code, stderr, seen } = await create(KEY_PEM)
    expect({ code, seen }).toEqual({ code: 1, seen: [] })
    expect(stderr).toMatch(
      /^error: key\.pem is a private key\n {2}why {2}Only the public key is registered\. Nothing was sent\./,
    )
    expect(stderr).not.toContain('-----BEGIN')
  })

  test.each([
    ['no PEM', 'hello', 'must be one PEM block'],
    ['a PKCS#1 key', '-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----', 'is PKCS#1'],
    ['a huge file', 'x'.repeat(70_000), 'is too large for a key'],
    ['no file', undefined, 'there is no such file'],
  ])('refuses %s, unsent', async (_, file, message) => {
    const { code, stderr, seen } = await create(file)
    expect({ code, seen }).toEqual({ code: 1, seen: [] })
    expect(stderr).toContain(message)
  })
})

import { constants, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AlgorithmName,
  importVerifyingKey,
  type Profile,
  parseSpki,
  readMessageSignatures,
  verifyMessage,
  verifyRequest,
} from '@countersign/protocol'
import { describe, expect, test } from 'vitest'
import { readPrivateKeyFile } from './node.ts'
import { createRequestSigner, type SignerOptions } from './request-signer.ts'
import { type PrivateKeyInput, UnusableKeyError } from './signing-key.ts'

const KEY_ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'
const PROFILES = ['http-message-signatures', 'access-headers'] as const satisfies readonly Profile[]
const ed25519 = generateKeyPairSync('ed25519')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** Signs a request and tells whether that verifies by the public key. */
async function signs(options: SignerOptions, publicKey: KeyObject): Promise<boolean> {
  const parsed = parseSpki(publicKey.export({ type: 'spki', format: 'der' }))
  if ('problem' in parsed) throw new Error(parsed.message)
  const key = await importVerifyingKey(parsed)
  const headers = await createRequestSigner(options)({ method: 'PUT', url: 'https://a.example/x', body: 'b' })
  if (options.profile === 'access-headers') {
    const timestamp = String(headers['kalshi-access-timestamp'])
    const signature = String(headers['kalshi-access-signature'])
    expect(headers['kalshi-access-key']).toBe(KEY_ID)
    return verifyRequest({ method: 'PUT', target: '/x', timestamp, signature }, key)
  }
  const header = (name: string) => headers[name]
  const read = readMessageSignatures(header)
  if ('problem' in read || !read[0]) throw new Error('not one signature')
  expect(read[0].keyId).toBe(KEY_ID)
  const message = { method: 'PUT', target: '/x', authority: 'a.example', scheme: 'https', header }
  return verifyMessage(read[0], message, key)
}

const pem = (key: KeyObject, type: 'pkcs1' | 'pkcs8') => String(key.export({ type, format: 'pem' }))
const webKey = (key: KeyObject, algorithm: string | RsaHashedImportParams, usage: KeyUsage = 'sign') =>
  crypto.subtle.importKey('jwk', key.export({ format: 'jwk' }) as JsonWebKey, algorithm, false, [usage])

describe.each(PROFILES)('by %s, a private key can be', (profile) => {
  const hash = profile === 'access-headers' ? 'SHA-256' : 'SHA-512'

  test.each<[string, { publicKey: KeyObject }, () => PrivateKeyInput | Promise<PrivateKeyInput>]>([
    ['PEM, PKCS#8, Ed25519', ed25519, () => pem(ed25519.privateKey, 'pkcs8')],
    ['PEM, PKCS#8, RSA', rsa, () => pem(rsa.privateKey, 'pkcs8')],
    ['PEM, PKCS#1', rsa, () => pem(rsa.privateKey, 'pkcs1')],
    ['PEM with escaped line ends', rsa, () => pem(rsa.privateKey, 'pkcs8').replaceAll('\n', '\\n')],
    ['PEM with escaped line ends in quotes', ed25519, () => JSON.stringify(pem(ed25519.privateKey, 'pkcs8'))],
    ['a JWK, Ed25519', ed25519, () => ed25519.privateKey.export({ format: 'jwk' })],
    ['a JWK, RSA', rsa, () => rsa.privateKey.export({ format: 'jwk' })],
    ['a JWK as text', rsa, () => JSON.stringify(rsa.privateKey.export({ format: 'jwk' }))],
    ['a KeyObject, Ed25519', ed25519, () => ed25519.privateKey],
    ['a KeyObject, RSA', rsa, () => rsa.privateKey],
    ['a CryptoKey that cannot be exported, Ed25519', ed25519, () => webKey(ed25519.privateKey, 'Ed25519')],
    ['a CryptoKey that cannot be exported, RSA', rsa, () => webKey(rsa.privateKey, { name: 'RSA-PSS', hash })],
    ['a file', rsa, () => throughFile(pem(rsa.privateKey, 'pkcs1'))],
  ])('%s', async (_, { publicKey }, make) => {
    const privateKey = await make()
    expect(await signs({ keyId: KEY_ID, privateKey, profile }, publicKey)).toBe(true)
    expect(await signs({ keyId: KEY_ID, privateKey, profile }, createPublicKey(otherOf(publicKey)))).toBe(false)
  })

  test.each([
    ['Ed25519', ed25519, 'ed25519'],
    ['RSA', rsa, profile === 'access-headers' ? 'rsa-pss-sha256' : 'rsa-pss-sha512'],
  ] as const)('with a signer elsewhere, %s', async (_, { publicKey, privateKey }, algorithm) => {
    const signer = { keyId: KEY_ID, algorithm, sign: async (data: Uint8Array) => signElsewhere(privateKey, data, hash) }
    expect(await signs({ signer, profile }, publicKey)).toBe(true)
  })
})

describe('a key that cannot sign by the profile is refused at once:', () => {
  const refused = (options: SignerOptions) => expect(() => createRequestSigner(options))

  test.each<[AlgorithmName, Profile, RegExp]>([
    ['rsa-pss-sha256', 'http-message-signatures', /makes rsa-pss-sha256.*takes rsa-pss-sha512 or ed25519/],
    ['rsa-pss-sha512', 'access-headers', /makes rsa-pss-sha512.*takes rsa-pss-sha256 or ed25519/],
  ])('a signer of %s by %s', (algorithm, profile, message) => {
    const signer = { keyId: KEY_ID, algorithm, sign: () => new Uint8Array() }
    refused({ signer, profile }).toThrow(message)
  })

  test('an RSA CryptoKey that is bound to the digest of the other profile', async () => {
    const privateKey = await webKey(rsa.privateKey, { name: 'RSA-PSS', hash: 'SHA-256' })
    refused({ keyId: KEY_ID, privateKey }).toThrow('is bound to SHA-256, and this profile signs with SHA-512')
  })

  test('a CryptoKey of another algorithm', async () => {
    const privateKey = await webKey(rsa.privateKey, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' })
    refused({ keyId: KEY_ID, privateKey }).toThrow('must be for Ed25519 or RSA-PSS, not RSASSA-PKCS1-v1_5')
  })

  test('a public CryptoKey', async () => {
    const privateKey = await webKey(ed25519.publicKey, 'Ed25519', 'verify')
    refused({ keyId: KEY_ID, privateKey }).toThrow(UnusableKeyError)
  })

  test('a public KeyObject', () => {
    refused({ keyId: KEY_ID, privateKey: ed25519.publicKey }).toThrow('must be a private key, not a public one')
  })
})

test.each(['n', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const)(
  'an RSA key with a damaged %s is refused at once',
  (name) => {
    const whole = rsa.privateKey.export({ format: 'jwk' })
    const bytes = Buffer.from(String(whole[name]), 'base64url')
    bytes[20] = (bytes[20] ?? 0) ^ 1
    const privateKey = { ...whole, [name]: bytes.toString('base64url') }
    expect(() => createRequestSigner({ keyId: KEY_ID, privateKey, profile: 'access-headers' })).toThrow(
      'the RSA key is damaged: its numbers do not belong together',
    )
  },
)

test('a file without a private key is refused, and nothing of it is told', async () => {
  const outcome = await throughFile('secret-not-a-key').catch((error: unknown) => error)
  expect(String(outcome)).toMatch(/^PrivateKeyError/)
  expect(String(outcome)).not.toContain('secret')
})

function otherOf(publicKey: KeyObject): KeyObject {
  return publicKey.asymmetricKeyType === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    : generateKeyPairSync('ed25519').privateKey
}

/** As a KMS would: with what it is given and nothing else. */
function signElsewhere(key: KeyObject, data: Uint8Array, hash: string): Uint8Array {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, data, key)
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
  return sign(hash.replace('-', ''), data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
}

async function throughFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-client-'))
  try {
    await writeFile(join(folder, 'key.pem'), text, { mode: 0o600 })
    return await readPrivateKeyFile(join(folder, 'key.pem'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

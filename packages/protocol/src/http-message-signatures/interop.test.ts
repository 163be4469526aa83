import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signByNode,
  verify as verifyByNode,
} from 'node:crypto'
import { createSigner, createVerifier, httpbis } from 'http-message-signatures'
import { beforeAll, describe, expect, it } from 'vitest'
import { signatureHeaders, verify as verifyWebBotAuth } from 'web-bot-auth'
import { signerFromJWK, verifierFromJWK } from 'web-bot-auth/crypto'
import type { SigningKey, VerifyingKey } from '../backend/backend.ts'
import { backend } from '../backend/node.ts'
import { encodeUtf8 } from '../encoding.ts'
import { parsePublicKey } from '../key.ts'
import { parsePrivateKey } from '../private-key.ts'
import { checkContentDigest, contentDigest } from './content-digest.ts'
import { coverageProblem } from './coverage.ts'
import { type RequestMessage, urlParts } from './message.ts'
import { type MessageSignature, readMessageSignatures } from './message-signature.ts'
import { makeNonce, signRequestMessage } from './sign-request-message.ts'
import { verifyMessage } from './verify-message.ts'

const URL_TEXT = 'https://api.example.com/trade-api/v2/orders?limit=5&cursor=a%2Fb'
const BODY = '{"ticker":"X","count":1}'
const COVERED = ['@method', '@authority', '@path', '@query', 'content-digest']
const KEY_ID = '2c5ea4c0-4067-41e9-8bad-9b1deb4d3b7d'

describe.each([
  ['ed25519', () => generateKeyPairSync('ed25519').privateKey],
  ['rsa-pss-sha512', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
] as const)('%s', (algorithm, generate) => {
  const privateKey = generate()
  const publicKey = createPublicKey(privateKey)
  let signer: SigningKey
  let verifier: VerifyingKey

  beforeAll(async () => {
    signer = await backend.importPrivateKey(parsePrivateKey(pemOf(privateKey)))
    const parsed = parsePublicKey(publicKey.export({ type: 'spki', format: 'pem' }) as string)
    if ('problem' in parsed) throw new Error(parsed.message)
    verifier = await backend.importPublicKey(parsed)
  })

  const ours = () =>
    signRequestMessage({
      key: signer,
      keyId: KEY_ID,
      method: 'POST',
      url: URL_TEXT,
      body: BODY,
      nonce: makeNonce(),
      createdSeconds: seconds(),
      expiresSeconds: seconds() + 60,
    })

  /** What a gate asks of a request, in one. */
  const accepts = async (headers: Readonly<Record<string, string>>, changes: Partial<RequestMessage> = {}) => {
    const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    const header = (name: string) => lower.get(name)
    const signature = only(readMessageSignatures(header))
    const message = { method: 'POST', ...urlParts(URL_TEXT), header, ...changes }
    expect(signature.keyId).toBe(KEY_ID)
    expect(coverageProblem(signature, { ...message, hasBody: true })).toBeUndefined()
    expect(await checkContentDigest(header('content-digest'), encodeUtf8(BODY))).toBeUndefined()
    return verifyMessage(signature, message, verifier)
  }

  const byHttpMessageSignatures = async (key: Parameters<typeof httpbis.signMessage>[0]['key']) => {
    const signed = await httpbis.signMessage(
      {
        key,
        fields: COVERED,
        params: ['created', 'keyid', 'alg', 'nonce'],
        paramValues: { nonce: makeNonce() },
      },
      { method: 'POST', url: URL_TEXT, headers: { 'Content-Digest': await contentDigest(encodeUtf8(BODY)) } },
    )
    return signed.headers as Record<string, string>
  }

  it('what http-message-signatures signs is accepted, and not for another path', async () => {
    const sign = async (data: Buffer) => Buffer.from(signsByNode(algorithm, privateKey, data))
    const headers = await byHttpMessageSignatures({ id: KEY_ID, alg: algorithm, sign })
    expect(await accepts(headers)).toBe(true)
    expect(await accepts(headers, { target: '/other?limit=5' })).toBe(false)
  })

  // Its RSA signer takes the longest salt there is, where RFC 9421 section 3.3.1 has 64 bytes.
  it(`with its own signer too${algorithm === 'ed25519' ? '' : ', but for the salt'}`, async () => {
    const headers = await byHttpMessageSignatures(createSigner(privateKey, algorithm, KEY_ID))
    expect(await accepts(headers)).toBe(algorithm === 'ed25519')
  })

  it('what we sign is accepted by http-message-signatures, and not for another query', async () => {
    const headers = await ours()
    const check = (url: string) =>
      httpbis.verifyMessage(
        {
          keyLookup: async () => ({ id: KEY_ID, algs: [algorithm], verify: createVerifier(publicKey, algorithm) }),
          requiredFields: COVERED,
          requiredParams: ['created', 'keyid', 'nonce'],
        },
        { method: 'POST', url, headers },
      )
    expect(await check(URL_TEXT)).toBe(true)
    expect(await check(`${URL_TEXT}&limit=6`)).toBe(false)
  })

  it('what web-bot-auth signs is accepted, and not for another method', async () => {
    const headers = { 'content-digest': await contentDigest(encodeUtf8(BODY)) }
    const created = new Date()
    const signed = await signatureHeaders(
      new Request(URL_TEXT, { method: 'POST', headers }),
      webBotSigner(algorithm, privateKey),
      { components: COVERED, created, expires: new Date(created.getTime() + 60_000) },
    )
    expect(await accepts({ ...headers, ...signed })).toBe(true)
    expect(await accepts({ ...headers, ...signed }, { method: 'PUT' })).toBe(false)
  })

  it('what we sign is accepted by web-bot-auth, and not for another method', async () => {
    const headers = await signRequestMessage({
      key: signer,
      keyId: KEY_ID,
      method: 'POST',
      url: URL_TEXT,
      body: BODY,
      nonce: makeNonce(),
      createdSeconds: seconds(),
      expiresSeconds: seconds() + 60,
      tag: 'web-bot-auth',
    })
    const check = (method: string) =>
      verifyWebBotAuth(new Request(URL_TEXT, { method, headers }), async (data, signature) => {
        if (!verifiesByNode(algorithm, publicKey, data, signature)) throw new Error('not verified')
      })
    await expect(check('POST')).resolves.toBeUndefined()
    await expect(check('PUT')).rejects.toThrow('not verified')
  })
})

it("web-bot-auth's own signer and verifier agree with ours", async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const theirs = await signerFromJWK(privateKey.export({ format: 'jwk' }) as never)
  const created = new Date()
  const signed = await signatureHeaders(new Request(URL_TEXT), theirs, {
    components: ['@method', '@authority', '@path', '@query'],
    created,
    expires: new Date(created.getTime() + 60_000),
  })
  const headers = new Headers({ ...signed })
  const parsed = parsePublicKey(publicKey.export({ type: 'spki', format: 'pem' }) as string)
  if ('problem' in parsed) throw new Error(parsed.message)
  const signature = only(readMessageSignatures((name) => headers.get(name) ?? undefined))
  const message = { method: 'GET', ...urlParts(URL_TEXT), header: () => undefined }
  expect(signature.algorithm).toBe('ed25519')
  expect(coverageProblem(signature, { ...message, hasBody: false })).toBeUndefined()
  expect(verifyMessage(signature, message, await backend.importPublicKey(parsed))).toBe(true)

  const made = await signRequestMessage({
    key: await backend.importPrivateKey(parsePrivateKey(pemOf(privateKey))),
    keyId: KEY_ID,
    method: 'GET',
    url: URL_TEXT,
    createdSeconds: seconds(),
    expiresSeconds: seconds() + 60,
    tag: 'web-bot-auth',
  })
  const verifier = await verifierFromJWK(publicKey.export({ format: 'jwk' }) as never)
  await expect(verifyWebBotAuth(new Request(URL_TEXT, { headers: made }), verifier)).resolves.toBeUndefined()
})

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

function only(read: ReturnType<typeof readMessageSignatures>): MessageSignature {
  if ('problem' in read) throw new Error(read.message)
  expect(read).toHaveLength(1)
  return read[0] as MessageSignature
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string
}

function webBotSigner(alg: 'ed25519' | 'rsa-pss-sha512', key: KeyObject) {
  return { alg, keyid: KEY_ID, sign: async (data: string) => signsByNode(alg, key, data) }
}

function signsByNode(alg: string, key: KeyObject, data: string | Buffer): Uint8Array {
  return alg === 'ed25519'
    ? signByNode(null, Buffer.from(data), key)
    : signByNode('sha512', Buffer.from(data), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 })
}

function verifiesByNode(alg: string, key: KeyObject, data: string, signature: Uint8Array): boolean {
  return alg === 'ed25519'
    ? verifyByNode(null, Buffer.from(data), key, signature)
    : verifyByNode(
        'sha512',
        Buffer.from(data),
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 },
        signature,
      )
}

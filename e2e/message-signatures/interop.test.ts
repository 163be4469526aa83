import { constants, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { createSignedFetch } from '@countersign/client'
import { createSigner, createVerifier, httpbis, type SigningKey } from 'http-message-signatures'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signatureHeaders, verify } from 'web-bot-auth'
import { signerFromJWK, verifierFromJWK } from 'web-bot-auth/crypto'
import { type Answer, call } from '../support/call.ts'
import { type GivenKey, givenCustomer } from '../support/given-key.ts'
import { DIALECTS } from '../support/running-server.ts'
import type { World } from '../support/world.ts'
import { digestOf } from './support/message-headers.ts'
import { givenPair, KEY_TYPES, startMessageWorld } from './support/message-world.ts'

const WHOAMI = '/trade-api/v2/whoami'
const KEYS = '/trade-api/v2/api_keys'
const GENERATE = `${KEYS}/generate`
const ALGORITHMS = { ed25519: 'ed25519', rsa: 'rsa-pss-sha512' } as const
const BODY = '{"name":"interop","key_type":"ed25519"}'
const COVERED = ['@method', '@authority', '@path', '@query', 'content-digest']

/** A request as any of the libraries takes it. */
interface Message {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
}

describe.each(DIALECTS)('other libraries, unchanged (%s)', (dialect) => {
  describe.each(['ed25519', 'rsa'] as const)('with a key of the type %s', (keyType) => {
    let world: World
    let key: GivenKey
    beforeAll(async () => {
      // Each library writes a tag of its own, or none.
      world = await startMessageWorld(dialect, { signatureTag: null })
      key = await givenPair(world.database, await givenCustomer(world.database, 'Interop'), KEY_TYPES[keyType]())
    })
    afterAll(() => world?.close())

    describe('http-message-signatures', () => {
      const signed = (message: Message, signingKey: SigningKey, fields: string[], nonce = crypto.randomUUID()) =>
        httpbis.signMessage({ key: signingKey, fields, params: PARAMETERS, paramValues: { nonce } }, message)

      test('signs what the server accepts', async () => {
        const list = await signed(message('GET', `${KEYS}?a=b`), signerOf(keyType, key), COVERED.slice(0, 4))
        expect(JSON.parse((await send(world, list)).text).api_keys).toHaveLength(1)
        const make = await signed(message('POST', `${GENERATE}?a=b`, BODY), signerOf(keyType, key), COVERED)
        expect(await send(world, make, BODY)).toMatchObject({ status: 201 })
      })

      test('signs what the server refuses once something was changed', async () => {
        const list = await signed(message('GET', `${KEYS}?a=b`), signerOf(keyType, key), COVERED.slice(0, 4))
        expect(await send(world, { ...list, url: list.url.replace('a=b', 'a=c') })).toMatchObject(INCORRECT)
        const make = await signed(message('POST', `${GENERATE}?a=b`, BODY), signerOf(keyType, key), COVERED)
        const other = BODY.replace('interop', 'another')
        expect(await send(world, make, other)).toMatchObject({
          status: 400,
          text: expect.stringContaining('digest_mismatch'),
        })
      })

      test('signs by default what is told to cover too little', async () => {
        const list = await httpbis.signMessage({ key: signerOf(keyType, key) }, message('GET', `${KEYS}?a=b`))
        const { status, text } = await send(world, list)
        expect([status, JSON.parse(text).error]).toEqual([
          401,
          {
            code: 'signature_coverage_insufficient',
            message: 'the signature covers too little',
            details: 'missing: @method, @authority, @path, @query',
          },
        ])
      })

      // RFC 9421 section 3.3.1 has a salt of 64 bytes; for RSA its own signer takes the longest one that there is.
      test(`signs by its own signer what the server ${keyType === 'rsa' ? 'refuses for the salt' : 'accepts'}`, async () => {
        const own = createSigner(key.privateKey, ALGORITHMS[keyType], key.keyId)
        const answer = await send(world, await signed(message('GET', WHOAMI), own, COVERED.slice(0, 3)))
        expect(answer).toMatchObject(keyType === 'rsa' ? INCORRECT : { status: 200 })
      })

      test('verifies what our client signs, and no more once something was changed', async () => {
        const sent = await sentByOurClient(world, key)
        const check = (changed: Partial<Message>) =>
          httpbis.verifyMessage(
            {
              keyLookup: async ({ keyid }) => {
                expect(keyid).toBe(key.keyId)
                const algorithm = ALGORITHMS[keyType]
                return { id: key.keyId, algs: [algorithm], verify: createVerifier(publicOf(key), algorithm) }
              },
              requiredFields: COVERED,
              requiredParams: ['created', 'keyid', 'nonce', 'tag'],
            },
            { ...sent, ...changed },
          )
        expect(await check({})).toBe(true)
        expect(await check({ method: 'PUT' })).toBe(false)
        expect(await check({ url: `${sent.url}c` })).toBe(false)
        expect(await check({ headers: { ...sent.headers, 'content-digest': digestOf('') } })).toBe(false)
      })
    })

    describe('web-bot-auth', () => {
      const signed = async (message: Message, components: string[]) => {
        const created = new Date()
        const expires = new Date(created.getTime() + 60_000)
        const signer = await signerFromJWK(jwkOf(key.privateKey))
        const signing = { alg: signer.alg, keyid: key.keyId, sign: (data: string) => signer.sign(data) }
        const headers = await signatureHeaders(message, signing, { components, created, expires })
        return { ...message, headers: { ...message.headers, ...headers } }
      }

      test('signs what the server accepts', async () => {
        const list = await signed(message('GET', `${KEYS}?a=b`), COVERED.slice(0, 4))
        expect(await send(world, list)).toMatchObject({ status: 200 })
        const make = await signed(message('POST', `${GENERATE}?a=b`, BODY), COVERED)
        expect(await send(world, make, BODY)).toMatchObject({ status: 201 })
      })

      test('signs what the server refuses once something was changed', async () => {
        const list = await signed(message('GET', `${KEYS}?a=b`), COVERED.slice(0, 4))
        expect(await send(world, { ...list, method: 'HEAD' })).toMatchObject({ status: 401 })
        expect(await send(world, { ...list, url: list.url.replace('a=b', 'a=c') })).toMatchObject(INCORRECT)
      })

      test('signs by default what is told to cover too little', async () => {
        const answer = await send(world, await signed(message('GET', KEYS), ['@authority']))
        expect(answer).toMatchObject({ status: 401, text: expect.stringContaining('missing: @method, @path') })
      })

      test('verifies what our client signs for it, and no more once something was changed', async () => {
        const sent = await sentByOurClient(world, key, { tag: 'web-bot-auth', expiresAfterSeconds: 60 })
        const verifier = await verifierFromJWK(jwkOf(publicOf(key)))
        await expect(verify(sent, verifier)).resolves.toBeUndefined()
        await expect(verify({ ...sent, method: 'PUT' }, verifier)).rejects.toThrow()
      })
    })

    function message(method: string, target: string, body?: string): Message {
      const digest: Record<string, string> = body === undefined ? {} : { 'content-digest': digestOf(body) }
      return { method, url: world.server.url + target, headers: digest }
    }
  })
})

describe('a server that asks for the tag web-bot-auth', () => {
  test('takes what that library signs and what our client signs so, and nothing else', async () => {
    const world = await startMessageWorld('sqlite', { signatureTag: 'web-bot-auth' })
    const { alice, server } = world
    try {
      const created = new Date()
      const signer = await signerFromJWK(jwkOf(alice.privateKey))
      const headers = await signatureHeaders(
        { method: 'GET', url: server.url + WHOAMI, headers: {} },
        { alg: signer.alg, keyid: alice.keyId, sign: (data: string) => signer.sign(data) },
        { components: ['@method', '@authority', '@path'], created, expires: new Date(created.getTime() + 60_000) },
      )
      expect(await call(server, 'GET', WHOAMI, { headers: { ...headers } })).toMatchObject({ status: 200 })

      const options = { keyId: alice.keyId, privateKey: pemOf(alice.privateKey) }
      const tagged = await createSignedFetch({ ...options, tag: 'web-bot-auth' })(server.url + WHOAMI)
      expect(tagged.status).toBe(200)
      const untagged = await createSignedFetch(options)(server.url + WHOAMI)
      expect([untagged.status, await untagged.json()]).toMatchObject([
        401,
        { error: { code: 'signature_input_invalid' } },
      ])
    } finally {
      await world.close()
    }
  })
})

const PARAMETERS = ['created', 'keyid', 'alg', 'nonce']
const INCORRECT = { status: 401, text: expect.stringContaining('INCORRECT_API_KEY_SIGNATURE') }

function send({ server }: World, { method, url, headers }: Message, body?: string): Promise<Answer> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const target = url.slice(server.url.length)
  return call(server, method, target, { headers: { ...headers, ...type }, ...(body !== undefined && { body }) })
}

/** A request that our client sends and the server accepts. */
async function sentByOurClient(world: World, key: GivenKey, signing: object = {}): Promise<Message> {
  const sent: Message[] = []
  const fetch = createSignedFetch({
    keyId: key.keyId,
    privateKey: pemOf(key.privateKey),
    ...signing,
    fetch: async (input, init) => {
      sent.push({
        method: init?.method ?? '',
        url: String(input),
        headers: Object.fromEntries(new Headers(init?.headers)),
      })
      return globalThis.fetch(input, init)
    },
  })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${world.server.url}${GENERATE}?a=b`, { method: 'POST', body: BODY, headers })
  expect(response.status).toBe(201)
  const [message] = sent
  if (!message) throw new Error('nothing was sent')
  return message
}

/** A signing key as that library's README says to write one. */
function signerOf(keyType: keyof typeof ALGORITHMS, { keyId, privateKey }: GivenKey): SigningKey {
  const rsa = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
  return {
    id: keyId,
    alg: ALGORITHMS[keyType],
    sign: async (data) => (keyType === 'rsa' ? sign('sha512', data, rsa) : sign(null, data, privateKey)),
  }
}

function publicOf({ privateKey }: GivenKey): KeyObject {
  return createPublicKey(privateKey)
}

/** RSA keys have the algorithm that the library looks for. */
function jwkOf(key: KeyObject): JsonWebKey {
  const alg = key.asymmetricKeyType === 'rsa' ? { alg: 'PS512' } : {}
  return { ...(key.export({ format: 'jwk' }) as JsonWebKey), ...alg }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

import { constants, createPublicKey, type KeyObject, sign } from 'node:crypto'
import {
  importVerifyingKey,
  parsePublicKey,
  type Statement,
  statementText,
  verifyStatement,
} from '@countersign/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../support/call.ts'
import { expectRefusal } from '../support/expect-refusal.ts'
import { type GivenKey, givenCustomer } from '../support/given-key.ts'
import { ACCESS, accessHeaders } from '../support/key-holder.ts'
import type { World } from '../support/world.ts'
import { type MessageToSign, messageHeaders } from './support/message-headers.ts'
import { authorityOf, givenPair, KEY_TYPES, startMessageWorld } from './support/message-world.ts'

const KEYS = '/trade-api/v2/api_keys'
const INCORRECT =
  '{"error":{"code":"authentication_error","message":"authentication_error","details":"INCORRECT_API_KEY_SIGNATURE"}}'

const FIELDS = {
  fingerprint: 'f',
  reason: 'superseded',
  old_api_key_id: 'k',
  new_fingerprint: 'n',
  grace_seconds: '60',
  account: 'a',
  code_sha256: 'c',
  seq: '1',
  hash: 'h',
  at: '2',
}
/** One of each purpose; each signs its own fields of all of these. */
const STATEMENTS: readonly Statement[] = (['revoke', 'rotate', 'register', 'session', 'audit_head'] as const).map(
  (purpose) => ({
    purpose,
    deploymentId: 'd',
    fields: FIELDS,
  }),
)

describe.each(['ed25519', 'rsa'] as const)('one key of the type %s', (keyType) => {
  let world: World
  let key: GivenKey
  beforeAll(async () => {
    world = await startMessageWorld('sqlite')
    key = await givenPair(world.database, await givenCustomer(world.database, 'Confused'), KEY_TYPES[keyType]())
  })
  afterAll(() => world?.close())

  const messageTo = (parts: Partial<MessageToSign> = {}): MessageToSign => ({
    method: 'GET',
    target: KEYS,
    authority: authorityOf(world.server),
    ...parts,
  })
  const list = (headers: Record<string, string>) => call(world.server, 'GET', KEYS, { headers })

  describe.each(STATEMENTS)('a statement to $purpose', (statement) => {
    const signedStatement = () => signLikeAccessHeaders(key.privateKey, statementText(statement)).toString('base64')

    test('verifies as what it is: the bytes below are right ones', async () => {
      expect(await verifies(key, statement, signedStatement())).toBe(true)
    })

    test('is no signature in access headers', async () => {
      const headers = { ...accessHeaders(key, 'GET', KEYS), [ACCESS.signature]: signedStatement() }
      expectRefusal(await list(headers), 401, INCORRECT)
    })

    test('is no signature of RFC 9421', async () => {
      const signature = `sig1=:${signedStatement()}:`
      expectRefusal(await list({ ...messageHeaders(key, messageTo()), signature }), 401, INCORRECT)
    })

    test('cannot begin in the timestamp, as its text would have to', async () => {
      const [head = ''] = statementText(statement).split('/', 1)
      const headers = { [ACCESS.key]: key.keyId, [ACCESS.timestamp]: head, [ACCESS.signature]: signedStatement() }
      expectRefusal(
        await list(headers),
        401,
        '{"error":{"code":"header_timestamp_invalid","message":"header timestamp invalid"}}',
      )
    })

    test('is no request signature of either profile', async () => {
      const bySignature = messageHeaders(key, messageTo()).signature?.slice('sig1=:'.length, -1) ?? ''
      const byHeaders = accessHeaders(key, 'GET', KEYS)[ACCESS.signature] ?? ''
      expect(await verifies(key, statement, bySignature)).toBe(false)
      expect(await verifies(key, statement, byHeaders)).toBe(false)
    })

    test('is no request signature over its own text, in whatever a request can carry', async () => {
      const text = statementText(statement)
      const requestText = `${Date.now()}GET/${text}`
      expect(
        await verifies(key, statement, signLikeAccessHeaders(key.privateKey, requestText).toString('base64')),
      ).toBe(false)
      const nonce = text.replaceAll('\n', ' ')
      const bySignature = messageHeaders(key, messageTo({ parameters: { nonce } })).signature?.slice(6, -1) ?? ''
      expect(await verifies(key, statement, bySignature)).toBe(false)
    })
  })

  test("one profile's signature is not the other's, over the very same request", async () => {
    const access = accessHeaders(key, 'GET', KEYS)
    const message = messageHeaders(key, messageTo())
    expect((await list(access)).status).toBe(200)
    expect((await list(message)).status).toBe(200)

    expectRefusal(await list({ ...message, signature: `sig1=:${access[ACCESS.signature]}:` }), 401, INCORRECT)
    const bytes = message.signature?.slice('sig1=:'.length, -1) ?? ''
    expectRefusal(await list({ ...access, [ACCESS.signature]: bytes }), 401, INCORRECT)
  })
})

describe('an RSA key', () => {
  let world: World
  let key: GivenKey
  beforeAll(async () => {
    world = await startMessageWorld('sqlite')
    key = await givenPair(world.database, await givenCustomer(world.database, 'Confused'), KEY_TYPES.rsa())
  })
  afterAll(() => world?.close())

  test.each([
    ['SHA-512 and a salt of 64 bytes', 'sha512', 64, true],
    ["SHA-512 and the toolkits' longest salt", 'sha512', constants.RSA_PSS_SALTLEN_MAX_SIGN, false],
    ['SHA-512 and a salt of 32 bytes', 'sha512', 32, false],
    ['SHA-256, as in access headers', 'sha256', 32, false],
  ])('signs RFC 9421 with %s: %j', async (_, hash, saltLength, isAccepted) => {
    const authority = authorityOf(world.server)
    const input = `("@method" "@authority" "@path");created=${Math.floor(Date.now() / 1000)};keyid="${key.keyId}";tag="countersign"`
    const base = `"@method": GET\n"@authority": ${authority}\n"@path": ${KEYS}\n"@signature-params": ${input}`
    const signature = sign(hash, Buffer.from(base), { ...PSS, key: key.privateKey, saltLength }).toString('base64')
    const headers = { 'signature-input': `sig1=${input}`, signature: `sig1=:${signature}:` }
    const answer = await call(world.server, 'GET', KEYS, { headers })
    if (isAccepted) expect(answer.status).toBe(200)
    else expectRefusal(answer, 401, INCORRECT)
  })

  test('signs access headers with SHA-256 only', async () => {
    const headers = accessHeaders(key, 'GET', KEYS)
    const text = Buffer.from(`${headers[ACCESS.timestamp]}GET${KEYS}`)
    const bySha512 = sign('sha512', text, { ...PSS, key: key.privateKey, saltLength: 64 }).toString('base64')
    expectRefusal(
      await call(world.server, 'GET', KEYS, { headers: { ...headers, [ACCESS.signature]: bySha512 } }),
      401,
      INCORRECT,
    )
  })
})

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING }

/** Access headers and statements are signed by the same algorithms. */
function signLikeAccessHeaders(key: KeyObject, text: string): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, Buffer.from(text), key)
  return sign('sha256', Buffer.from(text), { ...PSS, key, saltLength: 32 })
}

/** As a server verifies a statement. */
async function verifies({ privateKey }: GivenKey, statement: Statement, signature: string): Promise<boolean> {
  const publicKey = parsePublicKey(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString())
  if ('problem' in publicKey) throw new Error(publicKey.message)
  return verifyStatement(statement, signature, await importVerifyingKey(publicKey))
}

import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { loadNativeVerify } from '@countersign/native-verify'
import {
  importSigningKey,
  makeNonce,
  type Profile,
  parsePrivateKey,
  parsePublicKey,
  type SigningKey,
  signRequest,
  signRequestMessage,
  type VerifyingKey,
} from '@countersign/protocol'

/** A profile and a type of key. */
export type Kind = 'access-headers rsa' | 'http-message-signatures rsa' | 'http-message-signatures ed25519'

/** All kinds, as they are measured. */
export const KINDS: readonly Kind[] = [
  'access-headers rsa',
  'http-message-signatures rsa',
  'http-message-signatures ed25519',
]

/** Where every request goes. */
export const TARGET = '/trade-api/v2/portfolio/orders'

/** The host that it goes to. */
export const AUTHORITY = 'api.example.com'

/** A key's holder, and the two forms of its public key. */
export interface Signer {
  readonly keyId: string
  readonly signing: SigningKey
  readonly verifying: VerifyingKey
  readonly publicKey: KeyObject
}

/** Headers of one signed POST, by lower-case name. */
export type SignedHeaders = Readonly<Record<string, string>>

/** A new key of the type that a kind is signed with, and what verifies RSA. */
export async function newSigner(kind: Kind, rsa: 'node' | 'openssl' = 'node'): Promise<Signer> {
  const { publicKey, privateKey } = kind.endsWith('rsa')
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ed25519')
  const parsed = parsePublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString())
  if ('problem' in parsed) throw new Error(parsed.message)
  const signing = await importSigningKey(
    parsePrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
  )
  const { importKey } = loadNativeVerify({ rsa })
  return { keyId: randomUUID(), signing, verifying: await importKey(parsed), publicKey }
}

/** The profile of a kind. */
export function profileOf(kind: Kind): Profile {
  return kind.startsWith('access-headers') ? 'access-headers' : 'http-message-signatures'
}

/** So many different POSTs, signed in successive milliseconds or with different nonces. */
export async function signRequests(
  kind: Kind,
  { keyId, signing: key }: Signer,
  count: number,
): Promise<SignedHeaders[]> {
  const nowMs = Date.now()
  const createdSeconds = Math.floor(nowMs / 1_000)
  const body = '{"ticker":"X","count":1}'
  const framing = { host: AUTHORITY, 'content-length': String(body.length), 'content-type': 'application/json' }
  const requests: SignedHeaders[] = []
  for (let i = 0; i < count; i++) {
    const signed =
      profileOf(kind) === 'access-headers'
        ? await signRequest({ keyId, key, method: 'POST', target: TARGET, timestampMs: nowMs + i })
        : await signRequestMessage({
            ...{ keyId, key, method: 'POST', target: TARGET, authority: AUTHORITY, scheme: 'https' },
            ...{
              body,
              createdSeconds,
              nonce: makeNonce(),
              expiresSeconds: createdSeconds + 3_600,
              tag: 'web-bot-auth',
            },
          })
    requests.push({ ...framing, ...signed })
  }
  return requests
}

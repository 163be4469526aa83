import { generateKeyPairSync, randomUUID } from 'node:crypto'
import {
  accessHeaderNames,
  importSigningKey,
  importVerifyingKey,
  type KeyType,
  parsePrivateKey,
  parsePublicKey,
  type SigningKey,
  signRequest,
  type VerifyingKey,
} from '@countersign/protocol'
import type { GateRequest, KeyRecord } from '../src/index.ts'

/** A key pair ready for use. */
export interface Pair {
  readonly signing: SigningKey
  readonly verifying: VerifyingKey
}

/** A new key pair. */
export async function newPair(type: KeyType): Promise<Pair> {
  const encoding = {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  } as const
  const pair =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048, ...encoding })
      : generateKeyPairSync('ed25519', encoding)
  const publicKey = parsePublicKey(pair.publicKey)
  if ('problem' in publicKey) throw new Error(publicKey.message)
  return {
    signing: await importSigningKey(parsePrivateKey(pair.privateKey)),
    verifying: await importVerifyingKey(publicKey),
  }
}

/** An active key of a new account with `read` and `write`. */
export function newRecord(key: VerifyingKey, changes: Partial<KeyRecord> = {}): KeyRecord {
  return {
    keyId: randomUUID(),
    accountId: randomUUID(),
    key,
    scopes: ['read', 'write'],
    state: 'active',
    accountSuspended: false,
    tier: 'basic',
    ...changes,
  }
}

/** Headers by lower-case name; a list is a header given more than once. */
export type TestHeaders = Record<string, string | string[] | undefined>

/** A request as an adapter would hand it over. */
export function newRequest(method: string, target: string, headers: TestHeaders): GateRequest {
  return { method, target, ip: '127.0.0.1', header: (name) => headers[name] }
}

/** The three headers of a correctly signed request. */
export function signedHeaders(
  { keyId }: { keyId: string },
  key: SigningKey,
  { method = 'GET', target = '/orders', timestampMs }: { method?: string; target?: string; timestampMs: number },
): Promise<TestHeaders> {
  return signRequest({ keyId, key, method, target, timestampMs })
}

export const names = accessHeaderNames()

import { type KeyType, type PublicKey, parseKeptSpki, writePem } from '@countersign/protocol'
import { type KeyPairBytes, makeKeyPairBytes } from './key-pair-bytes.ts'

/** A new key pair. The private key goes into one answer and is stored nowhere. */
export interface KeyPair {
  readonly publicKey: PublicKey
  /** PEM: PKCS#1 for RSA, PKCS#8 for Ed25519 (docs/wire.md section 1). */
  readonly privateKeyPem: string
}

/** Makes a key pair in the calling thread: RSA takes 60 ms and more. A server takes RSA pairs from its stock. */
export function generateKeyPair(type: KeyType): KeyPair {
  return readKeyPair(type, makeKeyPairBytes(type))
}

/** The key pair in these bytes. The bytes of the private key are wiped. */
export function readKeyPair(type: KeyType, { spki, privateKey }: KeyPairBytes): KeyPair {
  // Not `parseSpki`: it checks the point of an Ed25519 key, which takes a millisecond, and node:crypto has just made it.
  const publicKey = parseKeptSpki(spki)
  if ('problem' in publicKey) throw new Error(`the generated public key ${publicKey.message}`)
  const privateKeyPem = writePem(LABELS[type], privateKey)
  privateKey.fill(0)
  return { publicKey, privateKeyPem }
}

const LABELS: Readonly<Record<KeyType, string>> = { rsa: 'RSA PRIVATE KEY', ed25519: 'PRIVATE KEY' }

import {
  encodeBase64,
  importSigningKey,
  type KeyType,
  parsePrivateKey,
  parseSpki,
  publicKeyPem,
  type SigningKey,
} from '@countersign/protocol'
import { fingerprintOfSpki } from '../session/browser-key.ts'

/** A key pair made in this browser for a program of its owner. */
export interface MadeKeyPair {
  readonly keyType: KeyType
  readonly publicKeyPem: string
  /** PKCS#8. This is the only copy. */
  readonly privateKeyPem: string
  readonly fingerprint: string
  /** Signs statements that prove possession of the key. */
  readonly signingKey: SigningKey
}

/** Makes a key pair: RSA of 2048 bits, which takes up to seconds, or Ed25519. */
export async function makeKeyPair(keyType: KeyType): Promise<MadeKeyPair> {
  const pair = (await crypto.subtle.generateKey(ALGORITHMS[keyType], true, ['sign', 'verify'])) as CryptoKeyPair
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
  const publicKey = parseSpki(spki)
  if ('problem' in publicKey) throw new Error(`this browser made a key that ${publicKey.message}`)
  const privateKeyPem = pemOf(pkcs8)
  pkcs8.fill(0)
  return {
    keyType,
    publicKeyPem: publicKeyPem(publicKey),
    privateKeyPem,
    fingerprint: await fingerprintOfSpki(spki),
    signingKey: await importSigningKey(parsePrivateKey(privateKeyPem)),
  }
}

const ALGORITHMS = {
  ed25519: { name: 'Ed25519' },
  rsa: { name: 'RSA-PSS', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
} as const

function pemOf(pkcs8: Uint8Array): string {
  const lines = encodeBase64(pkcs8).match(/.{1,64}/g) ?? []
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n')
}

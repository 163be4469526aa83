import { generateKeyPair as generate } from 'node:crypto'
import { promisify } from 'node:util'
import { type KeyType, type PublicKey, parseSpki } from '@countersign/protocol'

/** A new key pair. The private key goes into one answer and is stored nowhere. */
export interface KeyPair {
  readonly publicKey: PublicKey
  /** PEM: PKCS#1 for RSA, PKCS#8 for Ed25519 (docs/wire.md section 1). */
  readonly privateKeyPem: string
}

const generateKeyPairAsync = promisify(generate)

/** Makes a key pair: RSA with 2048 bits and the exponent 65537, or Ed25519. Off the event loop. */
export async function generateKeyPair(type: KeyType): Promise<KeyPair> {
  const { publicKey, privateKey } = await GENERATE[type]()
  const parsed = parseSpki(publicKey)
  if ('problem' in parsed) throw new Error(`the generated public key ${parsed.message}`)
  return { publicKey: parsed, privateKeyPem: privateKey }
}

const GENERATE: Readonly<Record<KeyType, () => Promise<{ publicKey: Buffer; privateKey: string }>>> = {
  rsa: () =>
    generateKeyPairAsync('rsa', {
      modulusLength: 2048,
      publicExponent: 65_537,
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    }),
  ed25519: () =>
    generateKeyPairAsync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }),
}

import { encodeBase64Url, type KeyType, parseSpki, publicKeyPem, type SigningKey } from '@countersign/protocol'

/** A key pair of this browser. Its private key cannot be read. */
export interface BrowserKey {
  /** Signs requests; it cannot be exported. */
  readonly privateKey: CryptoKey
  readonly publicKeyPem: string
  readonly fingerprint: string
  /** Signs the one statement that trades a link for a session. */
  readonly statementKey: SigningKey
}

/** Makes an Ed25519 key, or an RSA key in a browser without Ed25519. */
export async function makeBrowserKey(): Promise<BrowserKey> {
  return (await canMakeEd25519()) ? makeEd25519() : makeRsa()
}

/** Whether this browser makes Ed25519 keys. */
export async function canMakeEd25519(): Promise<boolean> {
  try {
    await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])
    return true
  } catch {
    return false
  }
}

/** SHA-256 of the public key (SubjectPublicKeyInfo, DER), base64url. */
export async function fingerprintOfSpki(spki: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', spki)))
}

async function makeEd25519(): Promise<BrowserKey> {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])) as CryptoKeyPair
  return describe('ed25519', pair.publicKey, pair.privateKey, (data) =>
    crypto.subtle.sign({ name: 'Ed25519' }, pair.privateKey, data),
  )
}

const RSA = { name: 'RSA-PSS', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) } as const

/**
 * WebCrypto binds an RSA key to one digest, and statements use another digest than requests. The key is made for the
 * statement, and imported for the other digest in wrapped form: the page never has its bytes (docs/decisions/026).
 */
async function makeRsa(): Promise<BrowserKey> {
  const made = await crypto.subtle.generateKey({ ...RSA, hash: 'SHA-256' }, true, ['sign', 'verify'])
  const wrapping = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'unwrapKey'])
  const how = { name: 'AES-GCM', iv: crypto.getRandomValues(new Uint8Array(12)) }
  const wrapped = await crypto.subtle.wrapKey('pkcs8', made.privateKey, wrapping, how)
  const privateKey = await crypto.subtle.unwrapKey(
    'pkcs8',
    wrapped,
    wrapping,
    how,
    { name: 'RSA-PSS', hash: 'SHA-512' },
    false,
    ['sign'],
  )
  return describe('rsa', made.publicKey, privateKey, (data) =>
    crypto.subtle.sign({ name: 'RSA-PSS', saltLength: 32 }, made.privateKey, data),
  )
}

async function describe(
  type: KeyType,
  publicKey: CryptoKey,
  privateKey: CryptoKey,
  sign: (data: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>,
): Promise<BrowserKey> {
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey))
  const parsed = parseSpki(spki)
  if ('problem' in parsed) throw new Error(`this browser made a key that ${parsed.message}`)
  return {
    privateKey,
    publicKeyPem: publicKeyPem(parsed),
    fingerprint: await fingerprintOfSpki(spki),
    statementKey: { type, sign: async (_, data) => new Uint8Array(await sign(Uint8Array.from(data))) },
  }
}

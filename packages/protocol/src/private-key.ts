import type { KeyType } from './algorithms.ts'
import { isOid, OID, readDer, readOne, readSequence, readUnsigned, TAG, writeDer, writeUnsigned } from './der.ts'
import { concatBytes, decodeBase64Url } from './encoding.ts'
import { rsaPublicKey } from './key.ts'
import { type PemBlock, readPem, writePem } from './pem.ts'
import { areRsaNumbersWhole, type RsaNumbers } from './rsa-numbers.ts'
import { readPkcs1, writePkcs1 } from './rsa-private-key.ts'

/** A private key as bytes. It never leaves its holder: do not print, log or send it. */
export interface PrivateKey {
  readonly type: KeyType
  /** PrivateKeyInfo (RFC 5958) in DER form. */
  readonly pkcs8: Uint8Array
}

/** Why a private key cannot be read. The message says what to do. It never holds key material. */
export class PrivateKeyError extends Error {
  override readonly name = 'PrivateKeyError'
  readonly code: PrivateKeyErrorCode

  constructor(code: PrivateKeyErrorCode) {
    super(MESSAGES[code])
    this.code = code
  }
}

/** Stable codes of the reasons why a private key cannot be read. */
export type PrivateKeyErrorCode = keyof typeof MESSAGES

const MESSAGES = {
  not_pem: 'no private key found: expected one PEM block (BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY) or a JWK',
  public_key: 'this is a public key: the private key of the pair is needed to sign',
  encrypted: 'the private key is encrypted: decrypt it with openssl pkey -in FILE -out DECRYPTED',
  openssh: 'this is an OpenSSH private key: convert it with countersign doctor --pem FILE --repair NEW_FILE',
  wrong_label: 'the PEM block must be a PRIVATE KEY (PKCS#8) or an RSA PRIVATE KEY (PKCS#1)',
  not_pkcs8: 'the PEM block holds no PKCS#8 private key: was its header line changed?',
  not_pkcs1: 'the PEM block holds no PKCS#1 private key: was its header line changed?',
  algorithm_not_supported: 'the private key must be RSA (rsaEncryption) or Ed25519',
  jwk_not_supported: 'the JWK must be a private RSA key (kty RSA) or a private Ed25519 key (kty OKP, crv Ed25519)',
  rsa_numbers_damaged:
    'the RSA key is damaged: its numbers do not belong together; countersign doctor --pem FILE names them',
  rsa_key_refused: 'the RSA key must have 2048 to 4096 bits and the public exponent 65537',
} as const

const RSA_MEMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const satisfies (keyof RsaNumbers)[]
/** No accepted key has longer PKCS#1 bytes: one of 4096 bits takes 2.4 kB. */
const MAX_PKCS1_LENGTH = 4096

/** The members of a JSON Web Key that are read here (RFC 7518, RFC 8037); `oth` belongs to keys of more than two primes. */
export type PrivateJwk = { readonly [Member in 'kty' | 'crv' | 'oth' | (typeof RSA_MEMBERS)[number]]?: unknown }

/**
 * A private key from PEM (PKCS#8, or PKCS#1 for RSA) or from a JWK. Escaped line ends (a literal `\n`, as in
 * environment variables) and enclosing quotes are mended.
 *
 * @throws PrivateKeyError
 */
export function parsePrivateKey(input: string | PrivateJwk): PrivateKey {
  const key = typeof input === 'string' ? fromText(input) : fromJwk(input)
  if (key.type === 'rsa') checkRsaKey(key)
  return key
}

/** An RSA private key from its numbers, unchecked. */
export function rsaPrivateKey(numbers: RsaNumbers): PrivateKey {
  return { type: 'rsa', pkcs8: wrapPkcs1(writePkcs1(numbers)) }
}

/** An Ed25519 private key from its seed (32 bytes, RFC 8032). */
export function ed25519PrivateKey(seed: Uint8Array): PrivateKey {
  if (seed.length !== 32) throw new TypeError('the seed of an Ed25519 key has 32 bytes')
  return { type: 'ed25519', pkcs8: wrapSeed(seed) }
}

/** The numbers of an RSA private key, intact or damaged, in PKCS#8 or PKCS#1 (DER); `undefined` if there are none. */
export function rsaNumbersOf(der: Uint8Array): RsaNumbers | undefined {
  const [, , body] = readSequence(der) ?? []
  const pkcs1 = body?.tag === TAG.octetString ? body.content : der
  return pkcs1.length > MAX_PKCS1_LENGTH ? undefined : readPkcs1(pkcs1)
}

function checkRsaKey(key: PrivateKey): void {
  const refused = 'problem' in rsaPublicKeyOf(key)
  const numbers = rsaNumbersOf(key.pkcs8)
  if (numbers && !areRsaNumbersWhole(numbers)) throw new PrivateKeyError('rsa_numbers_damaged')
  if (refused || !numbers) throw new PrivateKeyError('rsa_key_refused')
}

/** The public half of an RSA private key, read from its bytes. */
export function rsaPublicKeyOf(key: PrivateKey): ReturnType<typeof rsaPublicKey> {
  const [, , body] = readSequence(key.pkcs8) ?? []
  const [, modulus, exponent] = (body && readSequence(body.content)) ?? []
  const n = readUnsigned(modulus)
  const e = readUnsigned(exponent)
  if (!n || !e) throw new PrivateKeyError('not_pkcs1')
  return rsaPublicKey(n, e)
}

/** A private key as PKCS#8 PEM (label PRIVATE KEY). */
export function pkcs8Pem(key: PrivateKey): string {
  return writePem('PRIVATE KEY', key.pkcs8)
}

/** An RSA private key as PKCS#1 PEM (label RSA PRIVATE KEY), which some toolkits read and others do not. */
export function pkcs1Pem(key: PrivateKey): string {
  const [, , body] = readSequence(key.pkcs8) ?? []
  if (key.type !== 'rsa' || !body) throw new TypeError('only an RSA key has a PKCS#1 form')
  return writePem('RSA PRIVATE KEY', body.content)
}

function fromText(text: string): PrivateKey {
  const mended = text
    .trim()
    .replace(/^(["'])([\s\S]*)\1$/, '$2')
    .replace(/\\r/g, '')
    .replace(/\\n/g, '\n')
  if (mended.startsWith('{')) return fromJwk(parseJson(mended))
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(mended)?.[1]
  if (label?.endsWith('PUBLIC KEY')) throw new PrivateKeyError('public_key')
  if (label === 'OPENSSH PRIVATE KEY') throw new PrivateKeyError('openssh')
  if (label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(mended))
    throw new PrivateKeyError('encrypted')
  const block = readPem(mended)
  if (!block) throw new PrivateKeyError('not_pem')
  return fromPem(block)
}

function fromPem({ label, der }: PemBlock): PrivateKey {
  if (label === 'PRIVATE KEY') return fromPkcs8(der)
  if (label === 'RSA PRIVATE KEY') return { type: 'rsa', pkcs8: wrapPkcs1(der) }
  throw new PrivateKeyError('wrong_label')
}

function fromPkcs8(der: Uint8Array): PrivateKey {
  const [version, algorithm, body] = readSequence(der) ?? []
  if (version?.tag !== TAG.integer || algorithm?.tag !== TAG.sequence || body?.tag !== TAG.octetString) {
    throw new PrivateKeyError('not_pkcs8')
  }
  const [oid] = readDer(algorithm.content) ?? []
  if (isOid(oid, OID.rsaEncryption)) return { type: 'rsa', pkcs8: wrapPkcs1(body.content) }
  if (!isOid(oid, OID.ed25519)) throw new PrivateKeyError('algorithm_not_supported')
  const seed = readOne(body.content, TAG.octetString)
  if (seed?.length !== 32) throw new PrivateKeyError('not_pkcs8')
  return { type: 'ed25519', pkcs8: wrapSeed(seed) }
}

function fromJwk(jwk: PrivateJwk): PrivateKey {
  if (jwk.kty === 'RSA' && jwk.oth === undefined) {
    const members = RSA_MEMBERS.map((name) => writeUnsigned(jwkBytes(jwk[name])))
    const pkcs1 = writeDer(TAG.sequence, writeUnsigned(Uint8Array.of(0)), ...members)
    return { type: 'rsa', pkcs8: wrapPkcs1(pkcs1) }
  }
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') {
    const seed = jwkBytes(jwk.d)
    if (seed.length === 32) return { type: 'ed25519', pkcs8: wrapSeed(seed) }
  }
  throw new PrivateKeyError('jwk_not_supported')
}

function jwkBytes(member: unknown): Uint8Array {
  const bytes = typeof member === 'string' ? decodeBase64Url(member) : undefined
  if (!bytes || bytes.length === 0) throw new PrivateKeyError('jwk_not_supported')
  return bytes
}

function parseJson(text: string): PrivateJwk {
  try {
    return JSON.parse(text) as PrivateJwk
  } catch {
    throw new PrivateKeyError('not_pem')
  }
}

function wrapPkcs1(pkcs1: Uint8Array): Uint8Array {
  const integers = readSequence(pkcs1)
  if (!integers || !readPkcs1(pkcs1)) throw new PrivateKeyError('not_pkcs1')
  if (!integers.every((element) => readUnsigned(element))) throw new PrivateKeyError('rsa_numbers_damaged')
  const algorithm = writeDer(TAG.sequence, writeDer(TAG.oid, OID.rsaEncryption), writeDer(TAG.null))
  return wrapPkcs8(algorithm, pkcs1)
}

function wrapSeed(seed: Uint8Array): Uint8Array {
  const algorithm = writeDer(TAG.sequence, writeDer(TAG.oid, OID.ed25519))
  return wrapPkcs8(algorithm, writeDer(TAG.octetString, seed))
}

function wrapPkcs8(algorithm: Uint8Array, key: Uint8Array): Uint8Array {
  const version = writeUnsigned(Uint8Array.of(0))
  return writeDer(TAG.sequence, concatBytes(version, algorithm, writeDer(TAG.octetString, key)))
}

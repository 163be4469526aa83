import type { KeyType } from './algorithms.ts'
import type { DerElement } from './der.ts'
import { isOid, OID, readDer, readSequence, readUnsigned, TAG, writeDer, writeUnsigned } from './der.ts'
import { ed25519PointProblem } from './ed25519-point.ts'
import { concatBytes, equalBytes } from './encoding.ts'
import { readPem, writePem } from './pem.ts'

/** An accepted public key. */
export interface PublicKey {
  readonly type: KeyType
  /** SubjectPublicKeyInfo (RFC 5280, RFC 8410), canonical DER: each key has one encoding. */
  readonly spki: Uint8Array
  /** RSA: bits of the modulus. Ed25519: 256. */
  readonly bits: number
  /** The exact length of its signatures. */
  readonly signatureBytes: number
}

/** Why a text or its bytes are not accepted as a public key. `message` is for the sender and holds no key material. */
export interface PublicKeyProblem {
  readonly problem: PublicKeyProblemCode
  readonly message: string
}

/** Stable codes of the reasons to refuse a public key (docs/wire.md section 1). */
export type PublicKeyProblemCode = keyof typeof MESSAGES

const MESSAGES = {
  not_pem: 'must be one PEM block that begins with -----BEGIN PUBLIC KEY-----',
  private_key: 'is a private key: send the public key only, and treat this private key as seen by others',
  pkcs1_public_key: 'is PKCS#1 (BEGIN RSA PUBLIC KEY): convert it with openssl rsa -RSAPublicKey_in -in FILE -pubout',
  certificate: 'is a certificate: extract its key with openssl x509 -in FILE -pubkey -noout',
  wrong_label: 'must be a PEM block with the label PUBLIC KEY',
  not_spki: 'is not a SubjectPublicKeyInfo in DER form',
  not_canonical: 'is not encoded canonically as DER',
  algorithm_not_supported: 'must be an RSA (rsaEncryption) or an Ed25519 key',
  rsa_pss_key: 'is bound to RSA-PSS (id-RSASSA-PSS): a plain RSA key (rsaEncryption) is needed',
  rsa_size: 'must be an RSA key of 2048 to 4096 bits',
  rsa_exponent: 'must be an RSA key with the public exponent 65537',
  rsa_modulus: 'is no RSA key: its modulus is even',
  ed25519_point_non_canonical: 'is no Ed25519 key: its point is not encoded canonically',
  ed25519_point_not_on_curve: 'is no Ed25519 key: its bytes are no point of the curve',
  ed25519_point_low_order: 'is an unsafe Ed25519 key: its point has low order, so anyone could sign for it',
} as const

const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 4096
const RSA_EXPONENT = Uint8Array.of(1, 0, 1)
const ED25519_BYTES = 32

/** The longest PEM text that is read: a 4096-bit RSA key takes 800 characters. */
const MAX_PEM_LENGTH = 4096

/** The public key of a PEM text (label PUBLIC KEY, SubjectPublicKeyInfo), or why it is refused. Never throws. */
export function parsePublicKey(pem: string): PublicKey | PublicKeyProblem {
  return readPublicKeyPem(pem, parseSpki)
}

/**
 * The same for the text of a key that `parsePublicKey` accepted before: see {@link parseKeptSpki}. A remote gate reads
 * the control plane's answers with it.
 */
export function parseKeptPublicKey(pem: string): PublicKey | PublicKeyProblem {
  return readPublicKeyPem(pem, parseKeptSpki)
}

function readPublicKeyPem(
  pem: string,
  readDerKey: (der: Uint8Array) => PublicKey | PublicKeyProblem,
): PublicKey | PublicKeyProblem {
  if (pem.length > MAX_PEM_LENGTH) return refuse(/PRIVATE KEY/.test(pem) ? 'private_key' : 'not_pem')
  if (/BEGIN [A-Z ]*PRIVATE KEY/.test(pem)) return refuse('private_key')
  const block = readPem(pem)
  if (!block) return refuse('not_pem')
  if (block.label === 'RSA PUBLIC KEY') return refuse('pkcs1_public_key')
  if (block.label === 'CERTIFICATE') return refuse('certificate')
  if (block.label !== 'PUBLIC KEY') return refuse('wrong_label')
  return readDerKey(block.der)
}

/** The public key of SubjectPublicKeyInfo bytes, or why they are refused. Never throws. */
export function parseSpki(der: Uint8Array): PublicKey | PublicKeyProblem {
  return readSpki(der, ed25519PublicKey)
}

/**
 * The same for stored bytes that `parseSpki` accepted before. The point of an Ed25519 key is not checked again, because
 * that takes a millisecond and more. Never use it for
 * bytes from a caller.
 */
export function parseKeptSpki(der: Uint8Array): PublicKey | PublicKeyProblem {
  return readSpki(der, toEd25519Key)
}

function readSpki(
  der: Uint8Array,
  readEd25519: (point: Uint8Array) => PublicKey | PublicKeyProblem,
): PublicKey | PublicKeyProblem {
  const elements = readSequence(der) ?? []
  const [algorithm, bits, ...rest] = elements
  if (algorithm?.tag === TAG.integer) return refuse(mislabelled(elements))
  const keyBytes = algorithm?.tag === TAG.sequence && rest.length === 0 ? readBitString(bits) : undefined
  const [oid] = (algorithm && readDer(algorithm.content)) ?? []
  if (!keyBytes || oid?.tag !== TAG.oid) return refuse('not_spki')
  if (isOid(oid, OID.rsaPss)) return refuse('rsa_pss_key')
  const key = isOid(oid, OID.rsaEncryption)
    ? readRsaKey(keyBytes)
    : isOid(oid, OID.ed25519)
      ? readEd25519(keyBytes)
      : refuse('algorithm_not_supported')
  if ('problem' in key) return key
  return equalBytes(key.spki, der) ? key : refuse('not_canonical')
}

/** The public key of an RSA modulus and public exponent (unsigned, big-endian), or why it is refused. */
export function rsaPublicKey(modulus: Uint8Array, exponent: Uint8Array): PublicKey | PublicKeyProblem {
  const bits = bitLength(modulus)
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) return refuse('rsa_size')
  if (!equalBytes(exponent, RSA_EXPONENT)) return refuse('rsa_exponent')
  if (((modulus.at(-1) ?? 0) & 1) === 0) return refuse('rsa_modulus')
  const key = writeDer(TAG.sequence, writeUnsigned(modulus), writeUnsigned(exponent))
  const algorithm = writeDer(TAG.sequence, writeDer(TAG.oid, OID.rsaEncryption), writeDer(TAG.null))
  return { type: 'rsa', spki: writeSpki(algorithm, key), bits, signatureBytes: Math.ceil(bits / 8) }
}

/** The public key of an Ed25519 point (32 bytes, RFC 8032), or why it is refused. */
export function ed25519PublicKey(point: Uint8Array): PublicKey | PublicKeyProblem {
  const problem = point.length === ED25519_BYTES ? ed25519PointProblem(point) : undefined
  return problem ? refuse(`ed25519_point_${problem}`) : toEd25519Key(point)
}

function toEd25519Key(point: Uint8Array): PublicKey | PublicKeyProblem {
  if (point.length !== ED25519_BYTES) return refuse('not_spki')
  const algorithm = writeDer(TAG.sequence, writeDer(TAG.oid, OID.ed25519))
  return { type: 'ed25519', spki: writeSpki(algorithm, point), bits: 256, signatureBytes: 64 }
}

/** The modulus of an accepted RSA public key, big-endian without leading zeros. */
export function rsaModulusOf(key: PublicKey): Uint8Array {
  const [, bits] = readSequence(key.spki) ?? []
  const [modulus] = readSequence(readBitString(bits) ?? new Uint8Array(0)) ?? []
  const magnitude = readUnsigned(modulus)
  if (key.type !== 'rsa' || !magnitude) throw new TypeError('not an RSA public key')
  return magnitude
}

/** A public key as PEM (label PUBLIC KEY). */
export function publicKeyPem(key: PublicKey): string {
  return writePem('PUBLIC KEY', key.spki)
}

/** Which other key format this is instead of SubjectPublicKeyInfo: each of them begins with an INTEGER. */
function mislabelled(elements: readonly DerElement[]): PublicKeyProblemCode {
  const [, second] = elements
  if (elements.length === 2 && second?.tag === TAG.integer) return 'pkcs1_public_key'
  const isPkcs1 = elements.length >= 9 && second?.tag === TAG.integer
  const isPkcs8 = elements.length >= 3 && second?.tag === TAG.sequence
  return isPkcs1 || isPkcs8 ? 'private_key' : 'not_spki'
}

function readRsaKey(bytes: Uint8Array): PublicKey | PublicKeyProblem {
  const [modulus, exponent, ...rest] = readSequence(bytes) ?? []
  const n = readUnsigned(modulus)
  const e = readUnsigned(exponent)
  return n && e && rest.length === 0 ? rsaPublicKey(n, e) : refuse('not_spki')
}

function readBitString(element: DerElement | undefined): Uint8Array | undefined {
  if (element?.tag !== TAG.bitString || element.content[0] !== 0) return undefined
  return element.content.subarray(1)
}

function writeSpki(algorithm: Uint8Array, key: Uint8Array): Uint8Array {
  return writeDer(TAG.sequence, algorithm, writeDer(TAG.bitString, concatBytes(Uint8Array.of(0), key)))
}

function bitLength(magnitude: Uint8Array): number {
  return magnitude.length === 0 ? 0 : (magnitude.length - 1) * 8 + (32 - Math.clz32(magnitude[0] ?? 0))
}

function refuse(problem: PublicKeyProblemCode): PublicKeyProblem {
  return { problem, message: MESSAGES[problem] }
}

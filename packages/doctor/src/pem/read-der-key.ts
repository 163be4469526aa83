import {
  type PublicKey,
  parsePrivateKey,
  parseSpki,
  pkcs1Pem,
  pkcs8Pem,
  readPem,
  rsaNumbersOf,
  writePem,
} from '@countersign/protocol'
import { concatBytes, equalBytes, fromHex } from '../bytes.ts'
import { type FoundProblem, type KeyReading, unreadable } from './key-reading.ts'
import { hasOid, OIDS } from './oids.ts'
import type { PemProblemCode } from './pem-problems.ts'
import { readRsaNumbers } from './read-rsa-numbers.ts'

/** The key in DER bytes, whatever their label says: PKCS#8, PKCS#1 or SubjectPublicKeyInfo. */
export function readDerKey(der: Uint8Array, label: string | undefined): KeyReading {
  if (label === 'ENCRYPTED PRIVATE KEY' || hasOid(der, OIDS.pbes2)) return unreadable('encrypted', true)
  if (label === 'CERTIFICATE') return unreadable('certificate', false)
  const isPrivateLabel = /PRIVATE/.test(label ?? '')
  if (hasOid(der, OIDS.rsaPss)) return unreadable('rsa_pss_key', isPrivateLabel || isPrivateDer(der))
  const numbers = rsaNumbersOf(der)
  if (numbers) return labelled(readRsaNumbers(numbers), der, label)
  const privateKey = readEd25519(der)
  if (privateKey) return labelled({ problems: [], isPrivate: true, privateKey, statedPoint: statedIn(der) }, der, label)
  const publicKey = parseSpki(der)
  if (!('problem' in publicKey)) {
    const problems = armourProblems('PUBLIC KEY', label)
    return { problems, isPrivate: false, publicKey }
  }
  const pkcs1 = readPkcs1Public(der)
  if (pkcs1) return { problems: [{ code: 'pkcs1_public_key' }], isPrivate: false, publicKey: pkcs1 }
  return unreadable(whyUnreadable(der, label, publicKey.problem), isPrivateLabel || isPrivateDer(der))
}

/** The reading, with problems of its label, and of an encoding that is not the one DER form. */
function labelled(reading: KeyReading, der: Uint8Array, label: string | undefined): KeyReading {
  const { privateKey, problems } = reading
  const right = isPkcs1(der) ? 'RSA PRIVATE KEY' : 'PRIVATE KEY'
  const found = [...problems, ...armourProblems(right, label)]
  if (privateKey && problems.length === 0) {
    const pem = right === 'PRIVATE KEY' ? pkcs8Pem(privateKey) : pkcs1Pem(privateKey)
    const isCanonical = equalBytes(readPem(pem)?.der ?? der, der)
    if (!isCanonical) found.push({ code: 'encoding_unusual' })
  }
  return { ...reading, problems: found }
}

function armourProblems(
  right: 'PUBLIC KEY' | 'PRIVATE KEY' | 'RSA PRIVATE KEY',
  label: string | undefined,
): FoundProblem[] {
  if (label === right) return []
  if (label === undefined) return [{ code: ARMOUR_MISSING[right] }]
  if (right === 'RSA PRIVATE KEY' && label === 'PRIVATE KEY') return [{ code: 'pkcs1_labelled_pkcs8' }]
  if (right === 'PRIVATE KEY' && label === 'RSA PRIVATE KEY') return [{ code: 'pkcs8_labelled_pkcs1' }]
  return [{ code: 'label_wrong' }]
}

const ARMOUR_MISSING = {
  'PRIVATE KEY': 'armour_missing',
  'RSA PRIVATE KEY': 'armour_missing_pkcs1',
  'PUBLIC KEY': 'armour_missing_public',
} as const satisfies Readonly<Record<string, PemProblemCode>>

function readEd25519(der: Uint8Array) {
  try {
    const key = parsePrivateKey(writePem('PRIVATE KEY', der))
    return key.type === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}

/** The public half that RFC 8410 allows at the end: [1], 33 bytes, no unused bits. */
function statedIn(der: Uint8Array): Uint8Array | undefined {
  const at = der.length - 35
  const isStated = at > 0 && der[at] === 0x81 && der[at + 1] === 33 && der[at + 2] === 0
  return isStated ? der.subarray(at + 3) : undefined
}

const RSA_SPKI_ALGORITHM = fromHex('300d06092a864886f70d0101010500') ?? new Uint8Array(0)

/** A PKCS#1 public key of accepted size takes more than 255 bytes and less than 65 536. */
function readPkcs1Public(der: Uint8Array): PublicKey | undefined {
  const long = (tag: number, content: Uint8Array) =>
    concatBytes(Uint8Array.of(tag, 0x82, content.length >> 8, content.length & 0xff), content)
  const bits = long(0x03, concatBytes(Uint8Array.of(0), der))
  const key = parseSpki(long(0x30, concatBytes(RSA_SPKI_ALGORITHM, bits)))
  return 'problem' in key ? undefined : key
}

/** Why intact bytes are not an accepted key. */
function whyUnreadable(der: Uint8Array, label: string | undefined, problem: string): PemProblemCode {
  if (Object.values(OIDS.others).some((oid) => hasOid(der, oid))) return 'wrong_type'
  if (problem === 'rsa_size' || problem === 'rsa_exponent') return 'rsa_key_refused'
  if (label === 'EC PRIVATE KEY' || label === 'DSA PRIVATE KEY') return 'wrong_type'
  return isCut(der) ? 'cut_off' : 'not_a_key'
}

/** Whether the second element of a sequence that begins with a version is a number, as in PKCS#1. */
function isPkcs1(der: Uint8Array): boolean {
  return der[contentStart(der) + 3] === 0x02
}

function isPrivateDer(der: Uint8Array): boolean {
  const start = contentStart(der)
  return der[0] === 0x30 && der[start] === 0x02 && der[start + 1] === 1
}

function contentStart(der: Uint8Array): number {
  const first = der[1] ?? 0
  return first < 0x80 ? 2 : 2 + (first & 0x7f)
}

/** Whether a DER sequence states a greater length than it has. */
function isCut(der: Uint8Array): boolean {
  if (der[0] !== 0x30 || der[1] === undefined) return false
  const lengthBytes = der[1] & 0x7f
  if (der[1] < 0x80) return der.length < 2 + der[1]
  if (lengthBytes > 4) return false
  let length = 0
  for (const byte of der.subarray(2, 2 + lengthBytes)) length = length * 256 + byte
  return der.length < 2 + lengthBytes + length
}

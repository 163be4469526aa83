import { type PublicKey, pkcs1Pem, pkcs8Pem, publicKeyOf, publicKeyPem } from '@countersign/protocol'
import { equalBytes } from '../bytes.ts'
import { decodeKeyText } from './decode-key-text.ts'
import { extractDer, unwrapText } from './extract-der.ts'
import { type FoundProblem, type KeyReading, unreadable } from './key-reading.ts'
import { PEM_PROBLEMS, type PemProblemCode } from './pem-problems.ts'
import { readDerKey } from './read-der-key.ts'
import { isJwk, readJwk } from './read-jwk.ts'
import { isOpenssh, readOpenssh, readOpensshPublic } from './read-openssh.ts'
import { readRawEd25519 } from './read-raw-ed25519.ts'

/** What is wrong with the text of a key, and the key in it if one can be read. */
export interface PemReport {
  /** All findings, in the order of reading; empty if every toolkit reads this text. */
  readonly problems: readonly PemProblem[]
  /** The public key, or the public half; absent if no accepted key can be read. */
  readonly publicKey?: PublicKey
  /** Whether the text holds a private key, readable or not. If so, it must not be shown or sent anywhere. */
  readonly isPrivate: boolean
  /**
   * The same key as PEM that every toolkit reads: SubjectPublicKeyInfo or PKCS#8; absent if nothing is wrong or it
   * cannot be repaired.
   */
  readonly repaired?: string
  /** The same RSA private key as PKCS#1, for toolkits that read only that. */
  readonly pkcs1?: string
}

/** One thing that is wrong with the text of a key. */
export interface PemProblem {
  readonly code: PemProblemCode
  readonly title: string
  readonly hint: string
  /** The details, as a sentence. */
  readonly details?: string
}

/** The purpose of a key: signing with the private key, or registering the public one. */
export type PemUse = 'sign' | 'register'

/** Longest text that is read: the largest accepted private key takes 3.3 kB, and some manglings triple it. */
const MAX_LENGTH = 32_768

/**
 * What is wrong with the text of a key, or with its file, and its repaired text. Never throws. Its words never hold key
 * material. If it finds nothing wrong, OpenSSL, Node, Python, Go and Java all read the text.
 *
 * @param use makes a public key a problem if a private one is needed, and the reverse; if absent, neither is
 */
export async function inspectPem(input: string | Uint8Array, use?: PemUse): Promise<PemReport> {
  if (input.length > MAX_LENGTH) return report([{ code: 'too_long' }], isPrivateText(input))
  const { text, der, problems: ofFile } = decodeKeyText(input)
  const reading = der ? readBytes(der) : readText(text)
  const problems = [...ofFile.map((code) => ({ code })), ...reading.problems]
  const { isPrivate, privateKey } = reading
  if (use === 'sign' && reading.publicKey) problems.push({ code: 'public_for_private' })
  if (use === 'register' && privateKey) problems.push({ code: 'private_for_public' })
  if (!privateKey) {
    const { publicKey } = reading
    if (!publicKey) return report(problems, isPrivate)
    return report(problems, false, publicKey, problems.length > 0 ? publicKeyPem(publicKey) : undefined)
  }
  const publicKey = await publicKeyOf(privateKey)
  if (!isStated(reading, publicKey)) return report([...problems, { code: 'halves_differ' }], true)
  const pkcs1 = privateKey.type === 'rsa' ? pkcs1Pem(privateKey) : undefined
  return report(problems, true, publicKey, problems.length > 0 ? pkcs8Pem(privateKey) : undefined, pkcs1)
}

/** A binary file needs no label. */
function readBytes(der: Uint8Array): KeyReading {
  const reading = readDerKey(der, undefined)
  return { ...reading, problems: reading.problems.filter(({ code }) => !/^armour_missing/.test(code)) }
}

function readText(text: string): KeyReading {
  const codes: PemProblemCode[] = []
  const plain = unwrapText(text.trim(), codes)
  const reading = readPlain(plain)
  const problems = [...codes.map((code) => ({ code })), ...reading.problems]
  if (problems.length === 0 && !hasStandardLayout(text)) problems.push({ code: 'layout' })
  return { ...reading, problems }
}

function readPlain(plain: string): KeyReading {
  if (isJwk(plain)) return readJwk(plain)
  if (/^(?:ssh|ecdsa|sk)-[a-z0-9@.-]+\s/.test(plain)) return readOpensshPublic(plain)
  const raw = readRawEd25519(plain)
  if (raw) return raw
  const { der, label, problems } = extractDer(plain)
  const ofText: FoundProblem[] = problems.map((code) => ({ code }))
  const reading = !der
    ? unreadable('not_a_key', isPrivateText(plain))
    : isOpenssh(der)
      ? readOpenssh(der)
      : readDerKey(der, label)
  return { ...reading, problems: [...ofText, ...reading.problems] }
}

const LAYOUT = /^[\r\n]*-----BEGIN [A-Z ]+-----\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)-----END [A-Z ]+-----[\r\n]*$/

/** Only the block, in lines of one length except the last: every toolkit reads this. */
function hasStandardLayout(text: string): boolean {
  const lines = LAYOUT.exec(text)?.[1]?.trimEnd().split(/\r?\n/) ?? []
  const [{ length } = ''] = lines
  const isEven = lines.every((line, i) => line.length === length || (i === lines.length - 1 && line.length < length))
  return lines.length > 0 && isEven
}

/** Whether the public half beside the private key belongs to it. */
function isStated({ statedPoint }: KeyReading, { spki }: PublicKey): boolean {
  return statedPoint === undefined || equalBytes(statedPoint, spki.subarray(-statedPoint.length))
}

function isPrivateText(input: string | Uint8Array): boolean {
  // A part of a JSON Web Key, or JSON that holds one: `d` is the private half.
  return /PRIVATE|^\s*\{[\s\S]*"d"\s*:/.test(typeof input === 'string' ? input : new TextDecoder().decode(input))
}

function report(
  found: readonly FoundProblem[],
  isPrivate: boolean,
  publicKey?: PublicKey,
  repaired?: string,
  pkcs1?: string,
): PemReport {
  const problems = found.filter(({ code }, i) => found.findIndex((other) => other.code === code) === i)
  return {
    problems: problems.map(({ code, details }) => ({
      code,
      title: PEM_PROBLEMS[code].title,
      hint: PEM_PROBLEMS[code].hint,
      details,
    })),
    isPrivate,
    publicKey,
    repaired,
    pkcs1,
  }
}

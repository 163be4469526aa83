import {
  type PrivateKey,
  type PublicKey,
  parsePrivateKey,
  parsePublicKey,
  pkcs1Pem,
  pkcs8Pem,
  publicKeyOf,
  publicKeyPem,
  readPem,
  writePem,
} from '@countersign/protocol'
import { type Extracted, extractDer } from './extract-der.ts'
import { hasOid, OIDS } from './oids.ts'
import { PEM_PROBLEMS, type PemProblemCode } from './pem-problems.ts'

/** What is wrong with the text of a key, and the key in it as far as one can be read. */
export interface PemReport {
  /** All that was found, in the order of reading; empty where every toolkit reads this text. */
  readonly problems: readonly PemProblem[]
  /** The public key, or the public half; absent where no accepted key can be read. */
  readonly publicKey?: PublicKey
  /** Whether the text holds a private key, readable or not: then it must not be shown or sent anywhere. */
  readonly isPrivate: boolean
  /** The same key as PEM that every toolkit reads: SubjectPublicKeyInfo, or PKCS#8; absent where it cannot be repaired. */
  readonly repaired?: string
  /** The same RSA private key as PKCS#1, for the toolkits that read nothing else. */
  readonly pkcs1?: string
}

/** One thing that is wrong with the text of a key. */
export interface PemProblem {
  readonly code: PemProblemCode
  readonly title: string
  readonly hint: string
}

/** What a key is wanted for: to sign with the private key, or to register the public one. */
export type PemUse = 'sign' | 'register'

/** Longest text that is read: the largest accepted private key takes 3.3 kB, and some manglings triple it. */
const MAX_LENGTH = 32_768

/**
 * What is wrong with a PEM text and how it reads when that is repaired. Never throws; its words never hold key material.
 *
 * @param use names a public key where a private one is needed, and the reverse; neither is wrong where absent
 */
export async function inspectPem(text: string, use?: PemUse): Promise<PemReport> {
  if (text.length > MAX_LENGTH) return report(['too_long'], /PRIVATE/.test(text))
  const extracted = extractDer(text)
  const { der, label } = extracted
  if (!der) return report([...extracted.problems, 'not_a_key'], /PRIVATE/.test(text))
  const key = readKey(extracted)
  if (!key) {
    const problem = unreadable(der, label)
    return report([...extracted.problems, problem], /PRIVATE/.test(label ?? '') || problem === 'encrypted')
  }
  const problems = [...extracted.problems]
  const isRight = label === undefined || label === key.label || (label === 'EC PRIVATE KEY' && key.label === label)
  if (!isRight) problems.push(mislabelled(label, key.label))
  if (use === 'sign' && !key.privateKey) problems.push('public_for_private')
  if (use === 'register' && key.privateKey) problems.push('private_for_public')
  if (!key.privateKey) {
    return report(problems, false, key.publicKey, problems.length > 0 ? publicKeyPem(key.publicKey) : undefined)
  }
  const publicKey = await publicHalf(key.privateKey)
  if (!publicKey) return report([...problems, 'not_a_key'], true)
  const repaired = problems.length > 0 ? pkcs8Pem(key.privateKey) : undefined
  return report(
    problems,
    true,
    publicKey,
    repaired,
    key.privateKey.type === 'rsa' ? pkcs1Pem(key.privateKey) : undefined,
  )
}

function report(
  codes: readonly PemProblemCode[],
  isPrivate: boolean,
  publicKey?: PublicKey,
  repaired?: string,
  pkcs1?: string,
): PemReport {
  return {
    problems: [...new Set(codes)].map((code) => ({ code, ...PEM_PROBLEMS[code] })),
    isPrivate,
    ...(publicKey && { publicKey }),
    ...(repaired !== undefined && { repaired }),
    ...(pkcs1 !== undefined && { pkcs1 }),
  }
}

type KeyRead =
  | { readonly label: string; readonly privateKey: PrivateKey }
  | { readonly label: string; readonly privateKey?: never; readonly publicKey: PublicKey }

/** The key in some bytes, whatever they were labelled as, and the label that they should have. */
function readKey({ der = new Uint8Array(0) }: Extracted): KeyRead | undefined {
  for (const label of ['PRIVATE KEY', 'RSA PRIVATE KEY']) {
    const privateKey = tryPrivate(writePem(label, der))
    if (privateKey) return { label, privateKey }
  }
  const publicKey = parsePublicKey(writePem('PUBLIC KEY', der))
  return 'problem' in publicKey ? undefined : { label: 'PUBLIC KEY', publicKey }
}

function tryPrivate(pem: string): PrivateKey | undefined {
  try {
    return parsePrivateKey(pem)
  } catch {
    return undefined
  }
}

async function publicHalf(key: PrivateKey): Promise<PublicKey | undefined> {
  try {
    return await publicKeyOf(key)
  } catch {
    return undefined
  }
}

/** Why bytes that came out whole are no key that is accepted. */
function unreadable(der: Uint8Array, label: string | undefined): PemProblemCode {
  if (label === 'OPENSSH PRIVATE KEY') return 'openssh'
  if (label === 'ENCRYPTED PRIVATE KEY' || hasOid(der, OIDS.pbes2)) return 'encrypted'
  if (label === 'CERTIFICATE') return 'certificate'
  const publicKey = parsePublicKey(writePem('PUBLIC KEY', der))
  const problem = 'problem' in publicKey ? publicKey.problem : undefined
  if (problem === 'pkcs1_public_key') return 'pkcs1_public_key'
  if (hasOid(der, OIDS.rsaPss)) return 'rsa_pss_key'
  if (Object.values(OIDS.others).some((oid) => hasOid(der, oid))) return 'wrong_type'
  if (problem === 'rsa_size' || problem === 'rsa_exponent' || isSmallRsa(der)) return 'rsa_key_refused'
  if (label === 'EC PRIVATE KEY' || label === 'DSA PRIVATE KEY') return 'wrong_type'
  return isCut(der) ? 'cut_off' : 'not_a_key'
}

/** An RSA private key of a size or an exponent that is not accepted: its own message says so. */
function isSmallRsa(der: Uint8Array): boolean {
  return ['PRIVATE KEY', 'RSA PRIVATE KEY'].some((label) => {
    try {
      parsePrivateKey(writePem(label, der))
      return false
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'rsa_key_refused'
    }
  })
}

/** Whether a DER sequence says that it is longer than it is. */
function isCut(der: Uint8Array): boolean {
  if (der[0] !== 0x30 || der[1] === undefined) return false
  const lengthBytes = der[1] & 0x7f
  if (der[1] < 0x80) return der.length < 2 + der[1]
  if (lengthBytes > 4) return false
  let length = 0
  for (const byte of der.subarray(2, 2 + lengthBytes)) length = length * 256 + byte
  return der.length < 2 + lengthBytes + length
}

function mislabelled(label: string, right: string): PemProblemCode {
  if (right === 'RSA PRIVATE KEY') return 'pkcs1_labelled_pkcs8'
  if (right === 'PRIVATE KEY' && label === 'RSA PRIVATE KEY') return 'pkcs8_labelled_pkcs1'
  return 'label_wrong'
}

/** Whether a text is one PEM block as it should be. */
export function isCleanPem(text: string): boolean {
  const block = readPem(text)
  return block !== undefined && writePem(block.label, block.der) === `${text.trimEnd()}\n`
}

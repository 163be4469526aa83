import {
  decodeBase64Url,
  ed25519PrivateKey,
  ed25519PublicKey,
  type PublicKey,
  type PublicKeyProblem,
  rsaPublicKey,
} from '@countersign/protocol'
import { bytesBigInt } from '../bytes.ts'
import { type KeyReading, unreadable } from './key-reading.ts'
import { readRsaNumbers } from './read-rsa-numbers.ts'

/** Whether a text is a JSON Web Key: an object with a key type. */
export function isJwk(text: string): boolean {
  return parseJson(text) !== undefined
}

/** The key in a JSON Web Key (RFC 7517), private or public. */
export function readJwk(text: string): KeyReading {
  const jwk = parseJson(text)
  if (!jwk) return unreadable('not_a_key', false)
  const bytes = (name: string) => (typeof jwk[name] === 'string' ? decodeBase64Url(jwk[name]) : undefined)
  const isPrivate = jwk.d !== undefined
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') {
    const [seed, point] = [bytes('d'), bytes('x')]
    if (!isPrivate) return ofPublic(point && ed25519PublicKey(point))
    if (seed?.length !== 32) return unreadable('jwk_incomplete', true, 'Missing or damaged: d.')
    const statedPoint = point?.length === 32 ? point : undefined
    return { problems: [{ code: 'jwk' }], isPrivate, privateKey: ed25519PrivateKey(seed), statedPoint }
  }
  if (jwk.kty !== 'RSA') return unreadable('wrong_type', isPrivate)
  const [n, e] = [bytes('n'), bytes('e')]
  if (!isPrivate) return ofPublic(n && e && rsaPublicKey(n, e))
  const members = Object.fromEntries(MEMBERS.map((name) => [name, bytes(name)]))
  const missing = MEMBERS.filter((name) => !members[name])
  if (missing.length > 0) return unreadable('jwk_incomplete', true, `Missing or damaged: ${missing.join(', ')}.`)
  const number = (name: (typeof MEMBERS)[number]) => bytesBigInt(members[name] ?? new Uint8Array(0))
  const [p, q, dp, dq] = [number('p'), number('q'), number('dp'), number('dq')]
  const reading = readRsaNumbers({ n: number('n'), e: number('e'), d: number('d'), p, q, dp, dq, qi: number('qi') })
  return { ...reading, problems: [{ code: 'jwk' }, ...reading.problems] }
}

const MEMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const

function ofPublic(key: PublicKey | PublicKeyProblem | undefined): KeyReading {
  if (!key) return unreadable('jwk_incomplete', false)
  if ('problem' in key) return unreadable(/^rsa_/.test(key.problem) ? 'rsa_key_refused' : 'not_a_key', false)
  return { problems: [{ code: 'jwk' }], isPrivate: false, publicKey: key }
}

function parseJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'kty' in value ? { ...value } : undefined
  } catch {
    return undefined
  }
}

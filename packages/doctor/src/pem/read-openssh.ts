import { decodeBase64, ed25519PrivateKey, ed25519PublicKey, type PublicKey, rsaPublicKey } from '@countersign/protocol'
import { bytesBigInt, encodeAscii, toAscii } from '../bytes.ts'
import { type KeyReading, unreadable } from './key-reading.ts'
import { readRsaNumbers } from './read-rsa-numbers.ts'

const MAGIC = encodeAscii('openssh-key-v1\0')

/** Whether bytes are a private key in the format of OpenSSH. */
export function isOpenssh(der: Uint8Array): boolean {
  return MAGIC.every((byte, i) => byte === der[i])
}

/** The key in the format of OpenSSH (PROTOCOL.key of its sources): the first one, if it is not encrypted. */
export function readOpenssh(der: Uint8Array): KeyReading {
  const outer = readerOf(der.subarray(MAGIC.length))
  const cipher = outer.text()
  if (cipher !== undefined && cipher !== 'none') return unreadable('openssh_encrypted', true)
  outer.string()
  outer.string()
  outer.number()
  outer.string()
  const inner = readerOf(outer.string() ?? new Uint8Array(0))
  const [check, again] = [inner.number(), inner.number()]
  if (check === undefined || check !== again) return unreadable('openssh_damaged', true)
  const type = inner.text()
  if (type === 'ssh-ed25519') return readEd25519(inner)
  if (type === 'ssh-rsa') return readRsa(inner)
  return unreadable(type === undefined ? 'openssh_damaged' : 'wrong_type', true)
}

function readEd25519(inner: Reader): KeyReading {
  const point = inner.string()
  const secret = inner.string()
  if (point?.length !== 32 || secret?.length !== 64) return unreadable('openssh_damaged', true)
  // The point is there twice: beside the seed, and after it.
  if (!point.every((byte, i) => byte === secret[32 + i])) return unreadable('halves_differ', true)
  return {
    problems: [{ code: 'openssh' }],
    isPrivate: true,
    privateKey: ed25519PrivateKey(secret.subarray(0, 32)),
    statedPoint: point,
  }
}

function readRsa(inner: Reader): KeyReading {
  const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => inner.string())
  if (!n || !e || !d || !qi || !p || !q) return unreadable('openssh_damaged', true)
  const given = { n: bytesBigInt(n), e: bytesBigInt(e), d: bytesBigInt(d), p: bytesBigInt(p), q: bytesBigInt(q) }
  if (given.p < 2n || given.q < 2n) return unreadable('rsa_numbers_lost', true)
  const { dp, dq } = { dp: given.d % (given.p - 1n), dq: given.d % (given.q - 1n) }
  const reading = readRsaNumbers({ ...given, dp, dq, qi: bytesBigInt(qi) })
  return { ...reading, problems: [{ code: 'openssh' }, ...reading.problems] }
}

/** The public key in one line of OpenSSH, as in authorized_keys: `ssh-ed25519 BASE64 comment`. */
export function readOpensshPublic(line: string): KeyReading {
  const [, type, base64 = ''] = /^(ssh-[a-z0-9-]+|ecdsa-\S+|sk-\S+)\s+([A-Za-z0-9+/]+={0,2})/.exec(line.trim()) ?? []
  const blob = readerOf(decodeBase64(base64) ?? new Uint8Array(0))
  const named = blob.text()
  if (type !== 'ssh-ed25519' && type !== 'ssh-rsa') return unreadable('wrong_type', false)
  const key = named === type ? publicKeyIn(blob, type) : undefined
  return key
    ? { problems: [{ code: 'openssh_public' }], isPrivate: false, publicKey: key }
    : unreadable('not_a_key', false)
}

function publicKeyIn(blob: Reader, type: 'ssh-ed25519' | 'ssh-rsa'): PublicKey | undefined {
  const [first, second] = [blob.string(), blob.string()]
  if (!first) return undefined
  const key =
    type === 'ssh-ed25519'
      ? ed25519PublicKey(first)
      : rsaPublicKey(withoutZeros(second ?? new Uint8Array(0)), withoutZeros(first))
  return 'problem' in key ? undefined : key
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0)
  return bytes.subarray(Math.max(0, start))
}

interface Reader {
  number(): number | undefined
  string(): Uint8Array | undefined
  text(): string | undefined
}

/** Reads the fields of SSH (RFC 4251 section 5) one after the other; `undefined` past the end. */
function readerOf(bytes: Uint8Array): Reader {
  let at = 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const number = () => {
    if (at + 4 > bytes.length) return undefined
    at += 4
    return view.getUint32(at - 4)
  }
  const string = () => {
    const length = number()
    if (length === undefined || at + length > bytes.length) return undefined
    at += length
    return bytes.subarray(at - length, at)
  }
  return {
    number,
    string,
    text() {
      const field = string()
      return field && toAscii(field)
    },
  }
}

import type { PublicKey } from '@countersign/protocol'
import { backend } from '#backend'
import type { HashName } from '../backend/backend.ts'
import { concatBytes, equalBytes, fromHex } from '../bytes.ts'

/** The form of an RSA signature's content, and a check of it against a message. */
export interface RsaForm {
  readonly padding: 'pss' | 'pkcs1'
  readonly hash: HashName
  /** The digest of the mask function, with PSS. */
  readonly maskHash?: HashName
  /** Bytes of salt, with PSS. */
  readonly saltBytes?: number
  /** With PKCS#1 v1.5: whether the digest is there without its name, as a signer of bare digests writes it. */
  readonly isBare?: boolean
  /** Whether this is a valid signature of this form over the message (RFC 8017 sections 8.1.2 and 8.2.2, all steps). */
  isOver(message: Uint8Array): Promise<boolean>
}

const HASH_BYTES: Readonly<Record<HashName, number>> = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 }
const HASHES = Object.keys(HASH_BYTES) as HashName[]

/** Pairs of digest and mask digest that toolkits use, by default or by mistake. */
const PSS_PAIRS: readonly (readonly [HashName, HashName])[] = [
  ['SHA-256', 'SHA-256'],
  ['SHA-512', 'SHA-512'],
  ['SHA-256', 'SHA-1'],
  ['SHA-1', 'SHA-1'],
  ['SHA-384', 'SHA-384'],
  ['SHA-512', 'SHA-1'],
  ['SHA-384', 'SHA-1'],
  ['SHA-512', 'SHA-256'],
  ['SHA-1', 'SHA-256'],
]

/**
 * The forms that a signature can have under a key. If another key made it there are none, except for a chance of one in
 * thousands, which the comparison with a message then rules out. It costs one public-key operation, whatever is
 * compared later.
 */
export async function rsaForms(key: PublicKey, signature: Uint8Array): Promise<readonly RsaForm[]> {
  if (signature.length !== key.signatureBytes) return []
  const encoded = await backend.openRsa(key, signature)
  if (!encoded) return []
  const pkcs1 = readPkcs1(encoded)
  if (pkcs1) return pkcs1
  const forms: RsaForm[] = []
  if (encoded.at(-1) !== 0xbc) return forms
  for (const [hash, maskHash] of PSS_PAIRS) {
    const form = await readPss(encoded, key.bits, hash, maskHash)
    if (form) forms.push(form)
  }
  return forms
}

async function readPss(
  whole: Uint8Array,
  keyBits: number,
  hash: HashName,
  maskHash: HashName,
): Promise<RsaForm | undefined> {
  const encodedBits = keyBits - 1
  const length = Math.ceil(encodedBits / 8)
  const lead = whole.length - length
  if (whole.subarray(0, lead).some((byte) => byte !== 0)) return undefined
  const encoded = whole.subarray(lead)
  const blockBytes = length - HASH_BYTES[hash] - 1
  const spare = 0xff >> (8 * length - encodedBits)
  if (((encoded[0] ?? 0) & ~spare & 0xff) !== 0) return undefined
  const digest = encoded.subarray(blockBytes, -1)
  const mask = await mgf1(digest, blockBytes, maskHash)
  const block = mask.map((byte, i) => byte ^ (encoded[i] ?? 0))
  block[0] = (block[0] ?? 0) & spare
  const marker = block.findIndex((byte) => byte !== 0)
  if (block[marker] !== 1) return undefined
  const salt = block.subarray(marker + 1)
  const zeros = new Uint8Array(8)
  return {
    padding: 'pss',
    hash,
    maskHash,
    saltBytes: salt.length,
    async isOver(message) {
      const inner = concatBytes(zeros, await backend.digest(hash, message), salt)
      return equalBytes(digest, await backend.digest(hash, inner))
    },
  }
}

async function mgf1(seed: Uint8Array, length: number, hash: HashName): Promise<Uint8Array> {
  const mask = new Uint8Array(length)
  for (let counter = 0, offset = 0; offset < length; counter++, offset += HASH_BYTES[hash]) {
    const block = await backend.digest(hash, concatBytes(seed, Uint8Array.of(0, 0, counter >> 8, counter & 0xff)))
    mask.set(block.subarray(0, length - offset), offset)
  }
  return mask
}

/** DER of DigestInfo before each digest (RFC 8017 section 9.2). */
const DIGEST_INFO: Readonly<Record<HashName, Uint8Array>> = {
  'SHA-1': bytesOf('3021300906052b0e03021a05000414'),
  'SHA-256': bytesOf('3031300d060960864801650304020105000420'),
  'SHA-384': bytesOf('3041300d060960864801650304020205000430'),
  'SHA-512': bytesOf('3051300d060960864801650304020305000440'),
}

function readPkcs1(encoded: Uint8Array): readonly RsaForm[] | undefined {
  if (encoded[0] !== 0 || encoded[1] !== 1) return undefined
  const end = encoded.indexOf(0, 2)
  if (end < 10 || encoded.subarray(2, end).some((byte) => byte !== 0xff)) return undefined
  const content = encoded.subarray(end + 1)
  const named = HASHES.find((hash) => startsWith(content, DIGEST_INFO[hash]))
  const digest = named ? content.subarray(DIGEST_INFO[named].length) : content
  const hash = HASHES.find((name) => HASH_BYTES[name] === digest.length)
  if (!hash || (named !== undefined && named !== hash)) return []
  return [
    {
      padding: 'pkcs1',
      hash,
      isBare: named === undefined,
      isOver: async (message) => equalBytes(digest, await backend.digest(hash, message)),
    },
  ]
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length > start.length && start.every((byte, i) => byte === bytes[i])
}

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0)
}

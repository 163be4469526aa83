import { type Bound, NO_POINTER, type OpenSsl } from './bindings.ts'
import { allocateNative, bytesIn, type NativeMemory } from './native-memory.ts'

/** Makes digests of one kind, one at a time. */
export interface Hasher {
  /** The place where {@link Hasher.hash} leaves the digest. The next call overwrites it. */
  readonly digest: NativeMemory
  /**
   * Makes the digest of some bytes, as many as there really are.
   *
   * @throws Error if OpenSSL failed; `digest` then holds the digest of other bytes
   */
  hash(data: Uint8Array): void
}

/** Data goes to OpenSSL in pieces of this size. The signed text of access headers fits into one. */
const PIECE_BYTES = 1_024

interface Allocated {
  readonly openSsl: OpenSsl
  readonly context: bigint
}

const freed = new FinalizationRegistry<Allocated>(({ openSsl, context }) => openSsl.EVP_MD_CTX_free(context))

/**
 * A hasher with one of the digests in {@link Bound}.
 *
 * @returns `undefined` if OpenSSL has no memory for it
 */
export function createHasher(bound: Bound, name: keyof Bound['digests'], digestBytes: number): Hasher | undefined {
  const { openSsl, digests } = bound
  const context = openSsl.EVP_MD_CTX_new()
  if (!context) return undefined
  const piece = allocateNative(bound, PIECE_BYTES)
  const digest = allocateNative(bound, digestBytes)
  const update = (part: Uint8Array, length: number) => {
    piece.bytes.set(part)
    return openSsl.EVP_DigestUpdate(context, piece.address, BigInt(length)) === 1
  }
  const updateInPieces = (data: Uint8Array, length: number) => {
    let isMade = true
    for (let at = 0; isMade && at < length; at += PIECE_BYTES) {
      isMade = update(data.subarray(at, at + PIECE_BYTES), Math.min(PIECE_BYTES, length - at))
    }
    return isMade
  }
  const hasher: Hasher = {
    digest,
    hash(data) {
      const length = bytesIn(data)
      const isMade =
        openSsl.EVP_DigestInit_ex2(context, digests[name], NO_POINTER) === 1 &&
        (length > PIECE_BYTES ? updateInPieces(data, length) : update(data, length)) &&
        openSsl.EVP_DigestFinal_ex(context, digest.address, NO_POINTER) === 1
      if (!isMade) throw new Error('OpenSSL could not make a digest')
    },
  }
  freed.register(hasher, { openSsl, context })
  return hasher
}

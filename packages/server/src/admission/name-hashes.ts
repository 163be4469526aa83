import { hash } from 'node:crypto'
import type { Charge } from '@countersign/gate'

/** Names whose hashes each thread keeps: they come again with every request, and hashing is most of the work. */
const NAMES_KEPT = 20_000

/** The hashes by which claims and buckets are found. The fourth word of a hash names its account if the entry counts towards its share. */
export class NameHashes {
  readonly #secret: string
  readonly #known = new Map<string, Int32Array>()

  /** @param secret keeps clients, which choose key ids and nonces, from choosing where these are stored */
  constructor(secret: string) {
    this.#secret = secret
  }

  ofClaim(key: string, accountId: string): Int32Array {
    const hashed = hashOf(this.#secret, key)
    hashed[3] = this.#ownerOf(accountId)
    return hashed
  }

  writeBucket(to: Int32Array, accountId: string, { bucket, isOfKey }: Pick<Charge, 'bucket' | 'isOfKey'>): void {
    to.set(this.ofName(bucket))
    if (isOfKey) to[3] = this.#ownerOf(accountId)
  }

  /** The hash of a name as it is, which is that of a bucket that counts towards no share. */
  ofName(name: string): Int32Array {
    const known = this.#known.get(name)
    if (known) return known
    if (this.#known.size >= NAMES_KEPT) this.#known.clear()
    const hashed = hashOf(this.#secret, name)
    this.#known.set(name, hashed)
    return hashed
  }

  #ownerOf(accountId: string): number {
    return this.ofName(accountId)[0] ?? 0
  }
}

function hashOf(secret: string, text: string): Int32Array {
  // As a text: bytes in a buffer of their own would take longer to make than the hash.
  const bytes = hash('sha256', secret + text, 'latin1')
  return Int32Array.of(wordAt(bytes, 0), wordAt(bytes, 4), wordAt(bytes, 8), wordAt(bytes, 12))
}

function wordAt(bytes: string, at: number): number {
  const [a, b] = [bytes.charCodeAt(at), bytes.charCodeAt(at + 1)]
  return a | (b << 8) | (bytes.charCodeAt(at + 2) << 16) | (bytes.charCodeAt(at + 3) << 24)
}

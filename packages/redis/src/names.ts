import { hash } from 'node:crypto'
import { slotOf } from './slot-of.ts'

/** Names that are kept: they come again with every request, and hashing is most of the work. */
const NAMES_KEPT = 20_000

const LENGTH_OF = { tag: 11, name: 16 } as const

/** An account in Redis: its keys' hash tag, in braces, and the cluster slot of all keys with that tag. */
export interface AccountName {
  readonly tag: string
  readonly slot: number
  /** The key under which the account's claims are counted. */
  readonly share: string
}

/** Keyed hashes of names, as keys in Redis. All keys of an account have one hash tag, so one script may touch them all. */
export class Names {
  readonly #secret: string
  readonly #accounts = new Map<string, AccountName>()
  readonly #buckets = new Map<string, string>()

  constructor(secret: string) {
    this.#secret = secret
  }

  /** 8 bytes of the hash as the tag. */
  account(accountId: string): AccountName {
    const known = this.#accounts.get(accountId)
    if (known) return known
    if (this.#accounts.size >= NAMES_KEPT) this.#accounts.clear()
    const text = this.#hash(`account ${accountId}`, LENGTH_OF.tag)
    const tag = `{${text}}`
    const name = { tag, slot: slotOf(text), share: `${tag}n` }
    this.#accounts.set(accountId, name)
    return name
  }

  /** 12 bytes of the hash. */
  claim({ tag }: AccountName, key: string): string {
    return `${tag}c${this.#hash(key, LENGTH_OF.name)}`
  }

  bucket({ tag }: AccountName, bucket: string): string {
    const id = tag + bucket
    const known = this.#buckets.get(id)
    if (known) return known
    if (this.#buckets.size >= NAMES_KEPT) this.#buckets.clear()
    const name = `${tag}b${this.#hash(bucket, LENGTH_OF.name)}`
    this.#buckets.set(id, name)
    return name
  }

  /** The keys of the deployment's state: its hash, and the threads that gave a sign. `place` tells masters of a cluster apart. */
  state(place = ''): { readonly tag: string; readonly state: string; readonly members: string } {
    const tag = this.#hash(`state ${place}`, LENGTH_OF.tag)
    return { tag, state: `{${tag}}e`, members: `{${tag}}m` }
  }

  #hash(text: string, length: number): string {
    return hash('sha256', this.#secret + text, 'base64url').slice(0, length)
  }
}

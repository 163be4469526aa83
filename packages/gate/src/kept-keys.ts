import { BoundedMap } from './bounded-map.ts'
import type { KeyRecord } from './ports.ts'

/** What a read of one key id found. */
export interface KeptKey {
  /** `undefined` if no key has the id. */
  readonly record: KeyRecord | undefined
  readonly readAtMs: number
}

/** Keys that were read, and ids that no key has. Each kind is bounded; the least recently used one is dropped first. */
export class KeptKeys {
  readonly #known: BoundedMap<KeptKey & { record: KeyRecord }>
  readonly #unknown: BoundedMap<KeptKey>

  constructor(maxKeys: number, maxUnknown: number) {
    this.#known = new BoundedMap(maxKeys)
    this.#unknown = new BoundedMap(maxUnknown)
  }

  find(keyId: string): KeptKey | undefined {
    return this.#known.get(keyId) ?? this.#unknown.get(keyId)
  }

  keep(keyId: string, key: KeptKey): void {
    this.forget(keyId)
    if (key.record) this.#known.set(keyId, { ...key, record: key.record })
    else this.#unknown.set(keyId, key)
  }

  forget(keyId: string): void {
    this.#known.delete(keyId)
    this.#unknown.delete(keyId)
  }

  forgetAccount(accountId: string): void {
    this.#known.deleteWhere(({ record }) => record.accountId === accountId)
  }

  clear(): void {
    this.#known.clear()
    this.#unknown.clear()
  }
}

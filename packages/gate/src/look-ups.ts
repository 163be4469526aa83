import type { KeptKey, KeptKeys } from './kept-keys.ts'
import type { KeyRecord } from './ports.ts'

interface LookUp {
  readonly found: Promise<KeptKey | 'unavailable'>
  isOvertaken: boolean
}

type Load = (keyId: string) => Promise<KeyRecord | undefined | 'unavailable'>

/** The most reads of one key for one look-up, if the key keeps changing meanwhile. */
const MAX_READS = 10

/**
 * Look-ups of keys in the store. Simultaneous look-ups of one key share one read. A read is repeated if the key changed
 * during it.
 */
export class LookUps {
  readonly #load: Load
  readonly #kept: KeptKeys
  readonly #now: () => number
  readonly #running = new Map<string, LookUp>()

  constructor(load: Load, kept: KeptKeys, now: () => number) {
    this.#load = load
    this.#kept = kept
    this.#now = now
  }

  /** Reads a key and keeps it. */
  find(keyId: string): Promise<KeptKey | 'unavailable'> {
    const running = this.#running.get(keyId)
    if (running) return running.found
    const started: LookUp = { found: Promise.resolve().then(() => this.#read(keyId, started)), isOvertaken: false }
    this.#running.set(keyId, started)
    return started.found
  }

  /** Discards what is being read of a changed key, or of all keys if none is named: it may be older than the change. */
  overtake(keyId?: string): void {
    const running = keyId === undefined ? [...this.#running.values()] : [this.#running.get(keyId)]
    for (const lookUp of running) if (lookUp) lookUp.isOvertaken = true
  }

  async #read(keyId: string, lookUp: LookUp): Promise<KeptKey | 'unavailable'> {
    try {
      for (let reads = 0; reads < MAX_READS; reads++) {
        lookUp.isOvertaken = false
        const readAtMs = this.#now()
        const record = await this.#load(keyId)
        if (record === 'unavailable') return record
        if (lookUp.isOvertaken) continue
        const key = { record, readAtMs }
        this.#kept.keep(keyId, key)
        return key
      }
      return 'unavailable'
    } finally {
      this.#running.delete(keyId)
    }
  }
}

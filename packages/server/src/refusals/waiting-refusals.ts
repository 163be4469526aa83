import { MAX_OF_KEY, MAX_WAITING, MAX_WAITING_CLAIMED } from './limits.ts'
import type { RememberedRefusal } from './remembered-refusal.ts'

/** The newest refusals that are not yet written, a bounded number. */
export class WaitingRefusals {
  #claimed: RememberedRefusal[] = []
  #ofKeys = new Map<string, RememberedRefusal[]>()
  #count = 0

  add(refusal: RememberedRefusal): void {
    const { keyId } = refusal
    if (keyId === undefined) {
      this.#claimed.push(refusal)
      if (this.#claimed.length > MAX_WAITING_CLAIMED) this.#claimed.shift()
      return
    }
    const known = this.#ofKeys.get(keyId) ?? []
    this.#ofKeys.delete(keyId)
    this.#ofKeys.set(keyId, known)
    known.push(refusal)
    if (known.length > MAX_OF_KEY) known.shift()
    else this.#count++
    if (this.#count > MAX_WAITING) this.#dropOldestKey()
  }

  /** Those of a key; without a key, those that do not prove their sender. */
  of(keyId: string | undefined): readonly RememberedRefusal[] {
    return (keyId === undefined ? this.#claimed : this.#ofKeys.get(keyId)) ?? []
  }

  /** All of them, oldest first of each key. None waits afterwards. */
  take(): readonly RememberedRefusal[] {
    const taken = [...this.#claimed, ...[...this.#ofKeys.values()].flat()]
    this.#claimed = []
    this.#ofKeys = new Map()
    this.#count = 0
    return taken
  }

  #dropOldestKey(): void {
    for (const [keyId, refusals] of this.#ofKeys) {
      this.#ofKeys.delete(keyId)
      this.#count -= refusals.length
      return
    }
  }
}

import { type AdmissionOutcome, type AdmissionRequest, scarcest } from '@countersign/gate'

interface Level {
  tokens: number
  atMs: number
}

/** Too many to keep: the emptiest are the ones in use, and none may be forgotten, so new ones are refused. */
const MAX_BUCKETS = 100_000

const ADMITTED: AdmissionOutcome = { outcome: 'admitted' }
const FULL: AdmissionOutcome = { outcome: 'full' }

/**
 * Buckets of this process for an outage of Redis (`divide`). All are empty when it begins, hold a part of their
 * capacity, and refill at that part of their rate.
 */
export class LocalBuckets {
  readonly #share: number
  readonly #sinceMs: number
  readonly #levels = new Map<string, Level>()

  /** @param sinceMs when all were empty, by the monotonic clock */
  constructor(share: number, sinceMs: number) {
    this.#share = share
    this.#sinceMs = sinceMs
  }

  admit({ charges }: AdmissionRequest, monotonicMs: number): AdmissionOutcome {
    const parts = charges.map((charge) => ({
      ...charge,
      capacity: charge.capacity * this.#share,
      refillPerSecond: charge.refillPerSecond * this.#share,
    }))
    const held = parts.map(({ bucket, capacity, refillPerSecond }) => {
      const { tokens, atMs } = this.#levels.get(bucket) ?? { tokens: 0, atMs: this.#sinceMs }
      return Math.min(capacity, tokens + (Math.max(0, monotonicMs - atMs) * refillPerSecond) / 1000)
    })
    const limited = scarcest(parts, held)
    if (limited) {
      const charge = charges[parts.indexOf(limited.charge as (typeof parts)[number])]
      return charge ? { outcome: 'limited', charge, waitMs: limited.waitMs } : FULL
    }
    if (this.#levels.size + charges.length > MAX_BUCKETS) return FULL
    for (const [i, { bucket, cost }] of parts.entries()) {
      this.#levels.set(bucket, { tokens: (held[i] ?? 0) - cost, atMs: monotonicMs })
    }
    return ADMITTED
  }
}

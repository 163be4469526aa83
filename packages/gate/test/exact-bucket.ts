import fc from 'fast-check'
import type { BucketSize } from '../src/token-bucket.ts'

/** Sizes in whole thousandths, of which {@link ExactBucket} can keep count. */
export function bucketSize(): fc.Arbitrary<BucketSize> {
  const thousandths = (max: number) => fc.integer({ min: 1, max: max * 1_000 }).map((number) => number / 1_000)
  return fc.record({
    capacity: fc.oneof(fc.constantFrom(1, 100, 600, 28_800), thousandths(1_000)),
    refillPerSecond: fc.oneof(fc.constantFrom(0.1, 1 / 8, 10, 100, 9_600), thousandths(100)),
  })
}

/** A token bucket in whole millionths of a token: no rounding, no forgetting. */
export class ExactBucket {
  readonly #capacity: bigint
  readonly #perMs: bigint
  #tokens: bigint
  #latestMs: number

  constructor({ capacity, refillPerSecond }: BucketSize, nowMs: number) {
    this.#capacity = inMillionths(capacity)
    this.#perMs = BigInt(Math.round(refillPerSecond * 1_000))
    this.#tokens = this.#capacity
    this.#latestMs = nowMs
  }

  tokensAt(nowMs: number): number {
    const elapsedMs = BigInt(Math.max(0, nowMs - this.#latestMs))
    const tokens = this.#tokens + elapsedMs * this.#perMs
    this.#tokens = tokens < this.#capacity ? tokens : this.#capacity
    this.#latestMs = Math.max(nowMs, this.#latestMs)
    return Number(this.#tokens) / 1_000_000
  }

  take(tokens: number): void {
    this.#tokens -= inMillionths(tokens)
  }
}

function inMillionths(tokens: number): bigint {
  return BigInt(Math.round(tokens * 1_000_000))
}

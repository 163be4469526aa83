import type { MaybePromise } from '@countersign/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Admission, AdmissionOutcome, Charge } from './admission.ts'
import { type Decision, denied, type Principal } from './decision.ts'
import type { Outcome } from './outcome.ts'
import type { DecisionSink, KeyRecord, KeySource } from './ports.ts'
import type { BucketSize } from './token-bucket.ts'

/** An implementation of `KeySource` under test, with a way to change what it knows. */
export interface KeySourceHarness {
  readonly keys: KeySource
  readonly put: (record: KeyRecord) => Promise<void> | void
  readonly remove: (record: KeyRecord) => Promise<void> | void
  /** A new active key that `put` accepts. */
  readonly newRecord: () => Promise<KeyRecord>
}

/** What every `KeySource` must do. Run it in a test file of each implementation. */
export function keySourceContract(start: () => Promise<KeySourceHarness>): void {
  test('an unknown key id is no key', async () => {
    const { keys } = await start()
    expect(await keys.find('6f3bebf7-eaef-42a5-8c34-ab8873c1d431')).toBeUndefined()
  })

  test('a key is found with all that the gate needs', async () => {
    const { keys, put, newRecord } = await start()
    const record = await newRecord()
    await put(record)
    expect(withoutFunctions(await keys.find(record.keyId))).toEqual(withoutFunctions(record))
  })

  test('a changed key is found as it is now', async () => {
    const { keys, put, newRecord } = await start()
    const record = await newRecord()
    await put(record)
    await keys.find(record.keyId)
    await put({ ...record, state: 'disabled' })
    expect(await keys.find(record.keyId)).toMatchObject({ state: 'disabled' })
  })

  test('a removed key is no key', async () => {
    const { keys, put, remove, newRecord } = await start()
    const record = await newRecord()
    await put(record)
    await keys.find(record.keyId)
    await remove(record)
    expect(await keys.find(record.keyId)).toBeUndefined()
  })

  test('an id that was unknown is found once it is a key', async () => {
    const { keys, put, newRecord } = await start()
    const record = await newRecord()
    expect(await keys.find(record.keyId)).toBeUndefined()
    await put(record)
    expect(await keys.find(record.keyId)).toMatchObject({ keyId: record.keyId })
  })
}

function withoutFunctions(record: KeyRecord | undefined | 'unavailable'): unknown {
  if (record === undefined || record === 'unavailable') return record
  const { verify: _, ...key } = record.key
  return { ...record, key }
}

/** An implementation of `DecisionSink` under test, with a way to ask what it counted. */
export interface DecisionSinkHarness {
  readonly sink: DecisionSink
  /** All counts of a key since the sink was made. */
  readonly countsOf: (keyId: string) => Readonly<Record<Outcome, number>>
}

/** What every `DecisionSink` that counts must do. Run it in a test file of each implementation. */
export function decisionSinkContract(start: () => DecisionSinkHarness): void {
  const none = { allowed: 0, refused: 0, limited: 0, fault: 0 }
  const principal: Principal = { accountId: 'a', keyId: 'k', scopes: [], tier: 'basic', profile: 'access-headers' }
  const from = { ip: '203.0.113.7' }
  const proven = (refusal: Decision) => ({ ...refusal, provenKeyId: 'k', provenAccountId: 'a' })

  test('each key has its own counts, by outcome', () => {
    const { sink, countsOf } = start()
    const ofOther = { allowed: { ...principal, keyId: 'other' } }
    const refusals = ['insufficient_scope', 'too_many_requests', 'too_many_requests', 'service_unavailable'] as const
    for (let i = 0; i < 3; i++) sink.decided({ allowed: principal }, from)
    for (const refusal of refusals) sink.decided(proven(denied(refusal)), from)
    sink.decided(ofOther, from)
    expect(countsOf('k')).toEqual({ allowed: 3, refused: 1, limited: 2, fault: 1 })
    expect(countsOf('other')).toEqual({ ...none, allowed: 1 })
    expect(countsOf('third')).toEqual(none)
  })

  test('a refusal that proves nothing is of no key', () => {
    const { sink, countsOf } = start()
    sink.decided(denied('signature_incorrect'), from)
    sink.decided(denied('internal_error'), from)
    expect(countsOf('k')).toEqual(none)
  })
}

/** An implementation of `Admission` under test, on a clock that the test moves. */
export interface AdmissionHarness {
  readonly admission: Admission
  readonly clock: {
    /** Unix milliseconds. */
    readonly nowMs: number
    /** May go back. */
    readonly advance: (ms: number) => MaybePromise<void>
  }
}

/**
 * What every `Admission` must do. Run it in a test file of each implementation.
 *
 * @param start an empty admission that has room for so many claims, or for some more, but not for eight times as many
 * @param runs of each property; fewer where each step is a round trip
 */
export function admissionContract(start: (maxClaims: number) => MaybePromise<AdmissionHarness>, runs = 200): void {
  const SIZE: BucketSize = { capacity: 100, refillPerSecond: 10 }
  const LIFE_MS = 65_000
  let names = 0

  /** A new admission, and short ways to ask it. */
  async function setUp(maxClaims = 1_000) {
    const { admission, clock } = await start(maxClaims)
    const admit = async (claimKey: string | undefined, ...charges: Charge[]): Promise<AdmissionOutcome> =>
      admission.admit({
        charges,
        nowMs: clock.nowMs,
        ...(claimKey !== undefined && { claim: { key: claimKey, untilMs: clock.nowMs + LIFE_MS } }),
      })
    const outcome = async (...asked: Parameters<typeof admit>) => (await admit(...asked)).outcome
    /** What a bucket holds, by emptying it one token after the other. */
    const drain = async (charge: Charge) => {
      let tokens = 0
      while ((await outcome(undefined, { ...charge, cost: 1 })) === 'admitted') tokens++
      return tokens
    }
    return { admission, clock, admit, outcome, drain }
  }

  function newName(): string {
    return `${process.pid}-${names++}`
  }

  function newCharge(cost: number, size: BucketSize = SIZE): Charge {
    return { ...size, name: 'write', cost, bucket: `account ${newName()} write` }
  }

  test('a claim is admitted once', async () => {
    const { outcome } = await setUp()
    const [one, other] = [newName(), newName()]
    expect([await outcome(one), await outcome(one), await outcome(other), await outcome(one)]).toEqual([
      'admitted',
      'already_used',
      'admitted',
      'already_used',
    ])
  })

  test('without a claim there is nothing to be used before', async () => {
    const { outcome } = await setUp()
    expect([await outcome(undefined), await outcome(undefined)]).toEqual(['admitted', 'admitted'])
  })

  test('a refused second use takes no token', async () => {
    const { outcome, drain } = await setUp()
    const [key, charge] = [newName(), newCharge(10)]
    await outcome(key, charge)
    for (let copy = 0; copy < 20; copy++) expect(await outcome(key, charge)).toBe('already_used')
    expect(await drain(charge)).toBe(90)
  })

  test('an empty bucket keeps no claim', async () => {
    const { clock, outcome } = await setUp()
    const [key, charge] = [newName(), newCharge(100)]
    await outcome(undefined, charge)
    expect(await outcome(key, charge)).toBe('limited')
    await clock.advance(10_000)
    expect([await outcome(key, charge), await outcome(key)]).toEqual(['admitted', 'already_used'])
  })

  test('of several buckets all are charged or none, and the one that must wait longest is told', async () => {
    const { admit, drain } = await setUp()
    const [account, key, slow] = [newCharge(10), newCharge(10), newCharge(10, { ...SIZE, refillPerSecond: 1 })]
    expect(await admit(undefined, account, key, slow)).toEqual({ outcome: 'admitted' })
    expect([await drain(key), await drain(slow)]).toEqual([90, 90])
    expect(await admit(undefined, account, key, slow)).toMatchObject({ outcome: 'limited', charge: slow })
    expect(await admit(undefined, slow, key, account)).toMatchObject({ outcome: 'limited', charge: slow })
    expect(await admit(undefined, account, key)).toMatchObject({ outcome: 'limited', charge: key })
    expect(await drain(account)).toBe(90)
  })

  test('of two hundred copies at once exactly one is admitted, and charged', async () => {
    const { outcome, drain } = await setUp()
    const [key, charge] = [newName(), newCharge(1)]
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => outcome(key, charge)))
    expect(outcomes.filter((it) => it === 'admitted')).toHaveLength(1)
    expect(outcomes.filter((it) => it === 'already_used')).toHaveLength(199)
    expect(await drain(charge)).toBe(99)
  })

  test('of two hundred requests at once as many are admitted as there are tokens for', async () => {
    const { outcome } = await setUp()
    const charge = newCharge(10)
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => outcome(newName(), charge)))
    expect(outcomes.filter((it) => it === 'admitted')).toHaveLength(10)
    expect(outcomes.filter((it) => it === 'limited')).toHaveLength(190)
  })

  test('a claim counts until its end, and is forgotten soon after', async () => {
    const { clock, outcome } = await setUp()
    const key = newName()
    await outcome(key)
    await clock.advance(LIFE_MS - 1)
    expect(await outcome(key)).toBe('already_used')
    await clock.advance(2_001)
    expect(await outcome(key)).toBe('admitted')
  })

  test('a claim with another end is the same claim', async () => {
    const { admission, clock, outcome } = await setUp()
    const key = newName()
    await outcome(key)
    for (const life of [1, 1_000, LIFE_MS - 1_000, LIFE_MS + 1_000, 10 * LIFE_MS]) {
      const claim = { key, untilMs: clock.nowMs + life }
      expect(await admission.admit({ claim, charges: [], nowMs: clock.nowMs })).toEqual({ outcome: 'already_used' })
    }
  })

  test('a claim whose end has come is refused: its first use may be forgotten', async () => {
    const { admission, clock, outcome, drain } = await setUp()
    const charge = newCharge(10)
    for (const age of [0, 1, LIFE_MS]) {
      const claim = { key: newName(), untilMs: clock.nowMs - age }
      const refused = await admission.admit({ claim, charges: [charge], nowMs: clock.nowMs })
      expect(refused).toEqual({ outcome: 'already_used' })
    }
    expect([await drain(charge), await outcome(newName())]).toEqual([100, 'admitted'])
  })

  test('a claim that ended is not admitted again on a clock that went back', async () => {
    const { admission, clock, outcome } = await setUp()
    const claim = { key: newName(), untilMs: clock.nowMs + 1_000 }
    const ask = async () => (await admission.admit({ claim, charges: [], nowMs: clock.nowMs })).outcome
    expect(await ask()).toBe('admitted')
    await clock.advance(10_000)
    await outcome(newName())
    await clock.advance(-10_000)
    expect(await ask()).toBe('already_used')
  })

  test('full of claims it refuses more, forgets none, charges nothing, and recovers when they end', async () => {
    const { clock, outcome, drain } = await setUp(1_000)
    const admitted: string[] = []
    const charge = newCharge(1)
    for (let last = ''; last !== 'full'; ) {
      expect(admitted.length).toBeLessThan(8_000)
      const key = newName()
      last = await outcome(key)
      if (last === 'admitted') admitted.push(key)
    }
    expect(admitted.length).toBeGreaterThanOrEqual(1_000)
    let refused = 0
    for (let more = 0; more < 100; more++) {
      const answer = await outcome(newName(), charge)
      expect(answer).toMatch(/^(?:full|admitted)$/)
      if (answer === 'full') refused++
    }
    expect(refused).toBeGreaterThan(0)
    expect(await drain(charge)).toBe(refused)
    for (const key of admitted) expect(await outcome(key)).toBe('already_used')
    await clock.advance(LIFE_MS + 2_000)
    for (const key of admitted.slice(0, 1_000)) expect(await outcome(key)).toBe('admitted')
  })

  test('a customer over its limit leaves no claims behind', async () => {
    const { outcome } = await setUp(1_000)
    const charge = newCharge(10)
    for (let request = 0; request < 10; request++) await outcome(newName(), charge)
    for (let request = 0; request < 9_000; request++) expect(await outcome(newName(), charge)).toBe('limited')
    for (let request = 0; request < 900; request++) expect(await outcome(newName())).toBe('admitted')
  })

  test('accounts do not know of each other', async () => {
    const { clock, outcome } = await setUp()
    const charges = Array.from({ length: 300 }, () => newCharge(50))
    for (const expected of ['admitted', 'admitted', 'limited']) {
      for (const charge of charges) expect(await outcome(undefined, charge)).toBe(expected)
    }
    await clock.advance(5_000)
    for (const [i, charge] of charges.entries()) {
      if (i % 2 === 0) expect(await outcome(undefined, charge)).toBe('admitted')
    }
    for (const [i, charge] of charges.entries()) {
      expect(await outcome(undefined, charge)).toBe(i % 2 === 0 ? 'limited' : 'admitted')
    }
  })

  test('what costs more than its bucket holds is never admitted', async () => {
    const { admit } = await setUp()
    expect(await admit(undefined, newCharge(101))).toMatchObject({
      outcome: 'limited',
      waitMs: Number.POSITIVE_INFINITY,
    })
  })

  test('what costs nothing is admitted by an empty bucket', async () => {
    const { outcome, drain } = await setUp()
    const charge = newCharge(1)
    await drain(charge)
    expect(await outcome(undefined, { ...charge, cost: 0 })).toBe('admitted')
  })

  test('whoever waits as long as told is admitted, even on a clock that went back', async () => {
    const { clock, admit } = await setUp()
    const part = fc.double({ min: 0.01, max: 1, noNaN: true })
    await fc.assert(
      fc.asyncProperty(
        bucketSize(),
        part,
        part,
        fc.integer({ min: -2_000, max: 5_000 }),
        async (size, first, second, pauseMs) => {
          const charge = newCharge(size.capacity * first, size)
          await admit(undefined, charge)
          await clock.advance(pauseMs)
          const next = { ...charge, cost: size.capacity * second }
          const asked = await admit(undefined, next)
          if (asked.outcome !== 'limited') return
          await clock.advance(asked.waitMs)
          expect(await admit(undefined, next)).toEqual({ outcome: 'admitted' })
        },
      ),
      { numRuns: runs },
    )
  })

  test('a bucket gives exactly what it holds, on a clock that jumps and goes back, forgotten in between or not', async () => {
    const { clock, admit } = await setUp()
    const step = fc.record({
      waitMs: fc.oneof(fc.nat(50), fc.integer({ min: -3_000, max: 3_000 }), fc.nat(120_000)),
      part: fc.oneof(fc.constant(0.1), fc.double({ min: 0, max: 1.1, noNaN: true })),
      isOther: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(bucketSize(), fc.array(step, { maxLength: 40 }), async (size, steps) => {
        const charge = newCharge(0, size)
        const model = new ExactBucket(size, clock.nowMs)
        for (const { waitMs, part, isOther } of steps) {
          await clock.advance(waitMs)
          // Another's request is where full buckets are forgotten.
          if (isOther) await admit(newName(), newCharge(10))
          const cost = Math.round(part * size.capacity * 1_000) / 1_000
          const held = model.tokensAt(clock.nowMs)
          const { outcome } = await admit(undefined, { ...charge, cost })
          if (outcome === 'admitted') {
            expect(held).toBeGreaterThan(cost - 1e-6)
            model.take(cost)
          } else {
            expect(outcome).toBe('limited')
            expect(held).toBeLessThan(cost + 1e-6)
          }
        }
        await clock.advance(10_000)
      }),
      { numRuns: runs },
    )
  })
}

/** Sizes in whole thousandths, of which {@link ExactBucket} can keep count. */
function bucketSize(): fc.Arbitrary<BucketSize> {
  const thousandths = (max: number) => fc.integer({ min: 1, max: max * 1_000 }).map((number) => number / 1_000)
  return fc.record({
    capacity: fc.oneof(fc.constantFrom(1, 100, 600, 28_800), thousandths(1_000)),
    refillPerSecond: fc.oneof(fc.constantFrom(0.1, 1 / 8, 10, 100, 9_600), thousandths(100)),
  })
}

/** A token bucket in whole millionths of a token: no rounding, no forgetting. */
class ExactBucket {
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

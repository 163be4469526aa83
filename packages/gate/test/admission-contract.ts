import type { MaybePromise } from '@countersign/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Admission, AdmissionOutcome, Charge } from '../src/admission.ts'
import type { BucketSize } from '../src/token-bucket.ts'
import { modelSteps, runAgainstModel } from './admission-model.ts'
import { bucketSize, ExactBucket } from './exact-bucket.ts'

/** How much an admission under test must hold. */
export interface AdmissionSizes {
  /** Claims; some more may fit in, but not eight times as many. */
  readonly maxClaims: number
  /** Buckets that are not full; likewise. */
  readonly maxBuckets: number
}

/** An implementation of `Admission` under test, on clocks that the test moves. */
export interface AdmissionHarness {
  readonly admission: Admission
  readonly clock: AdmissionTestClock
}

/** The clocks of an admission under test. */
export interface AdmissionTestClock {
  /** Unix milliseconds by the wall clock. */
  readonly nowMs: number
  /** Time passes, on both clocks. */
  readonly advance: (ms: number) => MaybePromise<void>
  /** Somebody sets the wall clock, ahead or back. */
  readonly setWall: (byMs: number) => void
}

/** Entries for one, two and 384 groups of slots in shared memory. */
export const MODEL_SIZES: readonly AdmissionSizes[] = [170, 341, 65_536].map((entries) => ({
  maxClaims: entries,
  maxBuckets: entries,
}))

/** What differs between implementations. */
export interface AdmissionContractOptions {
  /** Runs of each property; fewer where each step is a round trip. */
  readonly runs?: number
  /**
   * `entries`: it holds so many claims and buckets, and of these an account has a share. `memory`: what bounds it is the
   * memory of its store, and an account has a share of the claims.
   */
  readonly bound?: 'entries' | 'memory'
  /**
   * What a wall clock that is wrong does to claims. `bounded`: the monotonic clock decides how far it is believed.
   * `unavailable`: claims are refused by more than 2.5 s.
   */
  readonly onWrongClock?: 'bounded' | 'unavailable'
}

/**
 * What every `Admission` must do. Run it in a test file of each implementation.
 *
 * @param start an empty admission
 */
export function admissionContract(
  start: (sizes: AdmissionSizes) => MaybePromise<AdmissionHarness>,
  { runs = 200, bound = 'entries', onWrongClock = 'bounded' }: AdmissionContractOptions = {},
): void {
  const SIZE: BucketSize = { capacity: 100, refillPerSecond: 10 }
  const LIFE_MS = 65_000
  let names = 0

  // What does not concern an implementation is no test of it: a skipped test fails the build.
  const [testOfEntries, testOfBounded] = [bound === 'entries', onWrongClock === 'bounded'].map((isOf) =>
    isOf ? test : ignore,
  ) as [typeof test | typeof ignore, typeof test | typeof ignore]
  const describeBounded = onWrongClock === 'bounded' ? describe : ignore
  const describeUnavailable = onWrongClock === 'unavailable' ? describe : ignore

  /** A new admission, and short ways to ask it. */
  async function setUp(maxClaims = 1_000, maxBuckets = 1_000) {
    const { admission, clock } = await start({ maxClaims, maxBuckets })
    const claimOf = (key: string, lifeMs = LIFE_MS) => ({
      key,
      signedAtMs: clock.nowMs,
      untilMs: clock.nowMs + lifeMs,
    })
    const admitFor = async (
      accountId: string,
      claimKey: string | undefined,
      ...charges: Charge[]
    ): Promise<AdmissionOutcome> =>
      admission.admit({ accountId, charges, claim: claimKey === undefined ? undefined : claimOf(claimKey) })
    const account = newName()
    const admit = async (claimKey: string | undefined, ...charges: Charge[]) => admitFor(account, claimKey, ...charges)
    const outcome = async (...asked: Parameters<typeof admit>) => (await admit(...asked)).outcome
    /** Of another account each. */
    const outcomeOfOther = async (...asked: Parameters<typeof admit>) =>
      (await admitFor(`account of ${asked[0]}`, ...asked)).outcome
    /** What a bucket holds, by emptying it one token after the other. */
    const drain = async (charge: Charge) => {
      let tokens = 0
      while ((await outcome(undefined, { ...charge, cost: 1 })) === 'admitted') tokens++
      return tokens
    }
    return { admission, clock, account, claimOf, admitFor, admit, outcome, outcomeOfOther, drain }
  }

  /** The results of many calls, two hundred at once. */
  async function times<T>(count: number, call: (i: number) => Promise<T>): Promise<T[]> {
    const results: T[] = []
    for (let i = 0; i < count; i += 200) {
      const some = Array.from({ length: Math.min(200, count - i) }, (_, more) => call(i + more))
      results.push(...(await Promise.all(some)))
    }
    return results
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

  test('each bucket of a request is charged, also where one comes back that was full meanwhile', async () => {
    const { clock, outcome } = await setUp(100, 170)
    const quick = { capacity: 10, refillPerSecond: 100 }
    for (let round = 0; round < 3; round++) {
      const old = Array.from({ length: 40 }, () => newCharge(10, quick))
      for (const charge of old) expect(await outcome(undefined, charge)).toBe('admitted')
      await clock.advance(5_000)
      for (const charge of old) {
        const three = [newCharge(10, quick), charge, newCharge(10, quick)]
        expect(await outcome(undefined, ...three)).toBe('admitted')
        for (const again of three) expect(await outcome(undefined, again)).toBe('limited')
      }
      await clock.advance(5_000)
    }
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
    const { admission, account, claimOf, outcome } = await setUp()
    const key = newName()
    await outcome(key)
    for (const life of [1, 1_000, LIFE_MS - 1_000, LIFE_MS + 1_000, 10 * LIFE_MS]) {
      const request = { accountId: account, claim: claimOf(key, life), charges: [] }
      expect(await admission.admit(request)).toEqual({ outcome: 'already_used' })
    }
  })

  test('a claim whose end has come is refused: its first use may be forgotten', async () => {
    const { admission, claimOf, outcome, drain } = await setUp()
    const charge = newCharge(10)
    for (const age of [0, 1, LIFE_MS]) {
      const claim = claimOf(newName(), -age)
      const refused = await admission.admit({ accountId: 'a', claim, charges: [charge] })
      expect(refused).toEqual({ outcome: 'already_used' })
    }
    expect([await drain(charge), await outcome(newName())]).toEqual([100, 'admitted'])
  })

  testOfBounded('a claim that ended is not admitted again on a clock that went back', async () => {
    const { admission, clock, claimOf, outcome } = await setUp()
    const claim = claimOf(newName(), 1_000)
    const ask = async () => (await admission.admit({ accountId: 'a', claim, charges: [] })).outcome
    expect(await ask()).toBe('admitted')
    await clock.advance(10_000)
    await outcome(newName())
    for (const back of [10_000, 15_000, 5_000]) {
      clock.setWall(-back)
      expect(await ask()).toBe('already_used')
      expect(await outcome(newName())).toBe('admitted')
    }
  })

  testOfEntries(
    'full of claims it refuses more, forgets none, charges nothing, and recovers when they end',
    async () => {
      const { clock, outcomeOfOther, drain } = await setUp(1_000)
      const admitted: string[] = []
      const charge = newCharge(1)
      for (let last = ''; last !== 'full'; ) {
        expect(admitted.length).toBeLessThan(8_000)
        const key = newName()
        last = await outcomeOfOther(key)
        if (last === 'admitted') admitted.push(key)
      }
      expect(admitted.length).toBeGreaterThanOrEqual(1_000)
      let refused = 0
      for (let more = 0; more < 100; more++) {
        const answer = await outcomeOfOther(newName(), charge)
        expect(answer).toMatch(/^(?:full|admitted)$/)
        if (answer === 'full') refused++
      }
      expect(refused).toBeGreaterThan(0)
      expect(await drain(charge)).toBe(refused)
      for (const key of admitted) expect(await outcomeOfOther(key)).toBe('already_used')
      await clock.advance(LIFE_MS + 2_000)
      for (const key of admitted.slice(0, 1_000)) expect(await outcomeOfOther(key)).toBe('admitted')
    },
  )

  test('a customer over its limit leaves no claims behind', async () => {
    const { outcome, outcomeOfOther } = await setUp(1_000)
    const charge = newCharge(10)
    for (let request = 0; request < 10; request++) await outcome(newName(), charge)
    expect(new Set(await times(9_000, () => outcome(newName(), charge)))).toEqual(new Set(['limited']))
    expect(new Set(await times(900, () => outcomeOfOther(newName())))).toEqual(new Set(['admitted']))
  })

  test('accounts do not know of each other', async () => {
    const { clock, admitFor } = await setUp()
    const outcome = async (charge: Charge) => (await admitFor(`account of ${charge.bucket}`, undefined, charge)).outcome
    const charges = Array.from({ length: 300 }, () => newCharge(50))
    for (const expected of ['admitted', 'admitted', 'limited']) {
      const outcomes = await times(charges.length, (i) => outcome(charges[i] as Charge))
      expect(new Set(outcomes)).toEqual(new Set([expected]))
    }
    await clock.advance(5_000)
    for (const [i, charge] of charges.entries()) {
      if (i % 2 === 0) expect(await outcome(charge)).toBe('admitted')
    }
    for (const [i, charge] of charges.entries()) {
      expect(await outcome(charge)).toBe(i % 2 === 0 ? 'limited' : 'admitted')
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

  test('whoever waits as long as told is admitted, whatever the wall clock does', async () => {
    const { clock, admit } = await setUp()
    const part = fc.double({ min: 0.01, max: 1, noNaN: true })
    await fc.assert(
      fc.asyncProperty(
        bucketSize(),
        part,
        part,
        fc.nat(5_000),
        fc.integer({ min: -2_000_000, max: 2_000_000 }),
        async (size, first, second, pauseMs, jumpMs) => {
          const charge = newCharge(size.capacity * first, size)
          await admit(undefined, charge)
          await clock.advance(pauseMs)
          clock.setWall(jumpMs)
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

  test('a bucket gives exactly what it holds, on a wall clock that jumps, forgotten in between or not', async () => {
    const { clock, admit, outcomeOfOther } = await setUp()
    const step = fc.record({
      waitMs: fc.oneof(fc.nat(50), fc.nat(3_000), fc.nat(120_000)),
      jumpMs: fc.oneof(fc.constant(0), fc.integer({ min: -3_000_000, max: 3_000_000 })),
      part: fc.oneof(fc.constant(0.1), fc.double({ min: 0, max: 1.1, noNaN: true })),
      isOther: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(bucketSize(), fc.array(step, { maxLength: 40 }), async (size, steps) => {
        const charge = newCharge(0, size)
        let monotonicMs = 0
        const model = new ExactBucket(size, monotonicMs)
        for (const { waitMs, jumpMs, part, isOther } of steps) {
          await clock.advance(waitMs)
          clock.setWall(jumpMs)
          monotonicMs += waitMs
          // Another's request is where full buckets are forgotten.
          if (isOther) await outcomeOfOther(newName(), newCharge(10))
          const cost = Math.round(part * size.capacity * 1_000) / 1_000
          const held = model.tokensAt(monotonicMs)
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

  describe('the share of an account', () => {
    test('of claims: it is refused more, keeps what it has, and others have the rest', async () => {
      const { clock, admitFor, outcomeOfOther } = await setUp(1_000)
      const charge = newCharge(1, { capacity: 5_000, refillPerSecond: 1 })
      const admitted: string[] = []
      let last: AdmissionOutcome = { outcome: 'admitted' }
      while (last.outcome === 'admitted') {
        expect(admitted.length).toBeLessThan(1_000)
        const key = newName()
        last = await admitFor('greedy', key, charge)
        if (last.outcome === 'admitted') admitted.push(key)
      }
      expect(last).toEqual({ outcome: 'over_share', of: 'claims' })
      await times(2_000, async () => {
        const key = newName()
        if ((await admitFor('greedy', key, charge)).outcome === 'admitted') admitted.push(key)
      })
      expect(admitted.length).toBeGreaterThan(1_000 / 16)
      expect(admitted.length).toBeLessThan(1_000 / 4)
      expect(await admitFor('greedy', undefined, charge)).toEqual({ outcome: 'admitted' })
      const rest = 5_000 - 1 - admitted.length
      expect((await admitFor('greedy', undefined, { ...charge, cost: rest + 1 })).outcome).toBe('limited')
      expect((await admitFor('greedy', undefined, { ...charge, cost: rest })).outcome).toBe('admitted')
      expect(new Set(await times(700, () => outcomeOfOther(newName())))).toEqual(new Set(['admitted']))
      const again = await times(admitted.length, async (i) => (await admitFor('greedy', admitted[i])).outcome)
      expect(new Set(again)).toEqual(new Set(['already_used']))
      await clock.advance(LIFE_MS + 2_000)
      expect(await admitFor('greedy', newName())).toEqual({ outcome: 'admitted' })
    })

    testOfEntries(
      'of buckets: its keys get no more own ones until some are full, and the buckets of its tier go on',
      async () => {
        const { clock, admitFor, outcomeOfOther } = await setUp()
        const own = () => ({ ...newCharge(10), isOfKey: true })
        const ofTier = newCharge(1, { capacity: 10_000, refillPerSecond: 1 })
        const charged: Charge[] = []
        for (let more = 0; more < 2_000; more++) {
          const charge = own()
          const { outcome: came } = await admitFor('greedy', undefined, charge)
          if (came === 'admitted') charged.push(charge)
          else expect(came).toBe('over_share')
        }
        expect(charged.length).toBeGreaterThan(1_000 / 16)
        expect(charged.length).toBeLessThan(1_000 / 4)
        for (let i = 0; i < 20; i++)
          expect(await admitFor('greedy', undefined, ofTier)).toEqual({ outcome: 'admitted' })
        for (const charge of charged) {
          const more = { ...charge, cost: 1 }
          expect(await admitFor('greedy', undefined, ofTier, more)).toMatchObject({ outcome: 'admitted' })
          await clock.advance(1)
        }
        for (let other = 0; other < 500; other++) expect(await outcomeOfOther(newName(), own())).toBe('admitted')
        await clock.advance(12_000)
        expect(await admitFor('greedy', undefined, own())).toEqual({ outcome: 'admitted' })
      },
    )
  })

  describeUnavailable('a wall clock that is wrong by more than 2.5 s', () => {
    test.each([3_000, -3_000, 3_600_000, -3_600_000])(
      'by %i ms: claims are not decided, and nothing passes twice',
      async (ms) => {
        const { clock, outcome } = await setUp()
        const [early, later] = [newName(), newName()]
        expect(await outcome(early)).toBe('admitted')
        clock.setWall(ms)
        expect([await outcome(later), await outcome(early)]).toEqual(['unavailable', 'unavailable'])
        clock.setWall(-ms)
        expect([await outcome(later), await outcome(early)]).toEqual(['admitted', 'already_used'])
      },
    )

    test.each([2_000, -2_000])('it may be wrong by %i ms', async (ms) => {
      const { clock, outcome } = await setUp()
      await clock.advance(5_000)
      const key = newName()
      clock.setWall(ms)
      expect([await outcome(key), await outcome(key)]).toEqual(['admitted', 'already_used'])
      clock.setWall(-ms)
      expect(await outcome(key)).toBe('already_used')
    })
  })

  test('a wall clock that was wrong fills no bucket, and stops none from filling', async () => {
    const { clock, outcome, drain } = await setUp()
    const charge = newCharge(100)
    await outcome(undefined, charge)
    clock.setWall(3_600_000)
    expect(await drain(charge)).toBe(0)
    clock.setWall(-7_200_000)
    await clock.advance(5_000)
    expect(await drain(charge)).toBe(50)
  })

  describeBounded('a wall clock that was wrong', () => {
    const HOUR_MS = 3_600_000

    test.each([
      ['for a moment', 10],
      ['for a minute', 59_000],
      ['for an hour', HOUR_MS],
    ])('ahead %s, and was set right: nobody is refused, and nothing passes twice', async (_, wrongForMs) => {
      const { admission, clock, claimOf, outcome } = await setUp()
      const early = claimOf(newName(), 40_000)
      await admission.admit({ accountId: 'a', claim: early, charges: [] })
      clock.setWall(HOUR_MS)
      const ahead = claimOf(newName(), 40_000)
      const ask = async (claim: typeof ahead) => (await admission.admit({ accountId: 'a', claim, charges: [] })).outcome
      expect(await ask(ahead)).toBe('admitted')
      await clock.advance(wrongForMs)
      expect(await outcome(newName())).toBe('admitted')
      clock.setWall(-HOUR_MS)
      for (let request = 0; request < 20; request++) {
        expect(await outcome(newName())).toBe('admitted')
        await clock.advance(50)
      }
      expect(await ask(early)).toBe('already_used')
      if (wrongForMs >= 60_000) return
      expect(await ask(ahead)).toBe('already_used')
      // When the time of its signature has come, the clock takes it again.
      await clock.advance(HOUR_MS - wrongForMs - 1_000)
      expect(await ask(ahead)).toBe('already_used')
    })

    test('ahead for longer than a minute where claims live longer: what was used before passes no second time', async () => {
      // So few places that an implementation writes over the ones that have ended.
      const { admission, clock, claimOf, outcome } = await setUp(170)
      const early = claimOf(newName(), 305_000)
      const ask = async () => (await admission.admit({ accountId: 'a', claim: early, charges: [] })).outcome
      expect(await ask()).toBe('admitted')
      clock.setWall(HOUR_MS)
      for (const step of [1_000, 69_000, 1_000]) {
        expect(await outcome(newName())).toBe('admitted')
        await clock.advance(step)
      }
      clock.setWall(-HOUR_MS)
      expect(await outcome(newName())).toBe('admitted')
      expect(await ask()).toBe('already_used')
    })

    test('when the admission began, and was set right: nobody is refused', async () => {
      const { clock, outcome } = await setUp()
      clock.setWall(-HOUR_MS)
      expect(await outcome(newName())).toBe('admitted')
      await clock.advance(1_000)
      expect(await outcome(newName())).toBe('admitted')
    })

    test('back for a moment, and was set right: nobody is refused, and nothing passes twice', async () => {
      const { admission, clock, claimOf, outcome } = await setUp()
      const claim = claimOf(newName())
      await admission.admit({ accountId: 'a', claim, charges: [] })
      await clock.advance(1_000)
      clock.setWall(-HOUR_MS)
      expect(await outcome(newName())).toBe('admitted')
      await clock.advance(1_000)
      clock.setWall(HOUR_MS)
      expect(await outcome(newName())).toBe('admitted')
      expect(await admission.admit({ accountId: 'a', claim, charges: [] })).toEqual({ outcome: 'already_used' })
    })

    test('back, and was then set ahead: that is another jump, not believed for a minute of its own', async () => {
      const { admission, clock, claimOf, outcome } = await setUp()
      const claim = claimOf(newName(), 40_000)
      await admission.admit({ accountId: 'a', claim, charges: [] })
      clock.setWall(-25_000)
      await outcome(newName())
      await clock.advance(20_000)
      await outcome(newName())
      clock.setWall(25_000)
      await outcome(newName())
      await clock.advance(15_000)
      clock.setWall(HOUR_MS)
      const ahead = claimOf(newName(), 40_000)
      const ask = async () => (await admission.admit({ accountId: 'a', claim: ahead, charges: [] })).outcome
      expect(await ask()).toBe('admitted')
      await clock.advance(50_000)
      expect(await outcome(newName())).toBe('admitted')
      clock.setWall(-HOUR_MS)
      await clock.advance(HOUR_MS - 60_000)
      expect(await ask()).toBe('already_used')
    })
  })

  test.each(MODEL_SIZES)('does what a plain model does, with up to three buckets a request: %j', async (sizes) => {
    await fc.assert(
      fc.asyncProperty(modelSteps(), async (steps) => {
        await runAgainstModel(await start(sizes), sizes, steps)
      }),
      { numRuns: runs / 4 },
    )
  })
}

function ignore(_name: string, _body: () => unknown): void {}

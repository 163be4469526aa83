import { randomUUID } from 'node:crypto'
import type { CountedMinute } from '@countersign/gate'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { inTransaction } from './transaction.ts'
import {
  addUsage,
  addUsageOnce,
  hourlyCounts,
  pruneUsage,
  pruneUsageReporters,
  readUsage,
  STEP_MS,
  startOf,
  topKeysOfAccount,
  topUsage,
  totalUsage,
  trafficSince,
} from './usage.ts'

/** 2027-01-15T08:00:00Z */
const HOUR = 1_800_000_000_000 - (1_800_000_000_000 % STEP_MS.hour)
const EVER = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }

describeOnEachDatabase('usage', ({ database, connect }) => {
  const add = (minutes: readonly CountedMinute[], on = database()) => inTransaction(on, (trx) => addUsage(trx, minutes))
  const read = (id: string, step: 'minute' | 'hour' | 'day') =>
    readUsage(database().kysely, 'key', id, { step, ...EVER })

  test('each decision counts in its minute, its hour and its day', async () => {
    const id = randomUUID()
    await add([minute(id, HOUR, { allowed: 2 }), minute(id, HOUR + 60_000, { refused: 1, limited: 3 })])
    await add([minute(id, HOUR, { allowed: 5, fault: 1 }), minute(id, HOUR + STEP_MS.hour, { allowed: 1 })])
    expect(await read(id, 'minute')).toEqual([
      point(HOUR, { allowed: 7, fault: 1 }),
      point(HOUR + 60_000, { refused: 1, limited: 3 }),
      point(HOUR + STEP_MS.hour, { allowed: 1 }),
    ])
    expect(await read(id, 'hour')).toEqual([
      point(HOUR, { allowed: 7, refused: 1, limited: 3, fault: 1 }),
      point(HOUR + STEP_MS.hour, { allowed: 1 }),
    ])
    const day = startOf(HOUR, 'day')
    expect(await read(id, 'day')).toEqual([point(day, { allowed: 8, refused: 1, limited: 3, fault: 1 })])
  })

  test('a batch counts once, however often and from however many connections it comes', async () => {
    const [id, reporter] = [randomUUID(), randomUUID()]
    const other = await connect()
    const batch = (sequence: number, by = reporter) => ({
      reporter: by,
      sequence,
      minutes: [minute(id, HOUR, { allowed: 1 })],
    })
    const addOnce = (sequence: number, on = database(), by = reporter) =>
      inTransaction(on, (trx) => addUsageOnce(trx, batch(sequence, by), HOUR))
    const allowed = async () => (await read(id, 'hour'))[0]?.allowed
    await Promise.all([addOnce(1), addOnce(1, other), addOnce(1)])
    expect(await allowed()).toBe(1)
    await Promise.all([addOnce(2), addOnce(2, other), addOnce(1)])
    expect(await allowed()).toBe(2)
    await addOnce(1, database(), randomUUID())
    expect(await allowed()).toBe(3)
  })

  test('a reporter is forgotten a week after its last batch', async () => {
    const [old, young] = [randomUUID(), randomUUID()]
    const week = 7 * STEP_MS.day
    for (const [reporter, at] of [
      [old, HOUR - week - 1],
      [young, HOUR - week],
    ] as const) {
      await inTransaction(database(), (trx) => addUsageOnce(trx, { reporter, sequence: 1, minutes: [] }, at))
    }
    expect(await inTransaction(database(), (trx) => pruneUsageReporters(trx, HOUR, 10))).toBe(1)
    const kept = await database()
      .kysely.selectFrom('usage_reporters')
      .select('id')
      .where('id', 'in', [old, young])
      .execute()
    expect(kept).toEqual([{ id: young }])
  })

  test('whatever is added in whatever parts, by two writers at once, every step has the same sum', async () => {
    const writers = [database(), await connect()]
    const minutes = fc.array(
      fc.record({ key: fc.nat(2), at: fc.nat(3_000), allowed: fc.nat(9), refused: fc.nat(9), fault: fc.nat(9) }),
      { maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(minutes, { maxLength: 4 }), async (batches) => {
        const ids = [randomUUID(), randomUUID(), randomUUID()]
        const counted = batches.map((batch) =>
          batch.map(({ key, at, ...counts }) => minute(ids[key] ?? '', HOUR + at * 60_000, counts)),
        )
        await Promise.all(counted.map((batch, i) => add(batch, writers[i % 2])))
        for (const id of ids) {
          const own = counted.flat().filter((each) => each.id === id)
          const sum = (outcome: 'allowed' | 'refused' | 'fault') =>
            own.reduce((total, each) => total + each[outcome], 0)
          const expected = { allowed: sum('allowed'), refused: sum('refused'), limited: 0, fault: sum('fault') }
          for (const step of ['minute', 'hour', 'day'] as const) {
            const [total = { id, ...point(0) }] = await totalUsage(database().kysely, 'key', [id], { step, ...EVER })
            expect(total).toMatchObject(expected)
          }
        }
      }),
      { numRuns: 15 },
    )
  })

  test('more rows than one statement takes', async () => {
    const ids = Array.from({ length: 700 }, () => randomUUID())
    await add(ids.map((id) => minute(id, HOUR, { allowed: 1 })))
    const totals = await totalUsage(database().kysely, 'key', ids, { step: 'day', ...EVER })
    expect(totals).toHaveLength(700)
  })

  test('a range holds its start and not its end', async () => {
    const id = randomUUID()
    await add([0, 1, 2].map((i) => minute(id, HOUR + i * 60_000, { allowed: 1 })))
    const range = { step: 'minute', fromMs: HOUR + 60_000, toMs: HOUR + 120_000 } as const
    expect(await readUsage(database().kysely, 'key', id, range)).toEqual([point(HOUR + 60_000, { allowed: 1 })])
  })

  test('keys, accounts and codes are counted apart', async () => {
    const id = randomUUID()
    await add([minute(id, HOUR, { allowed: 1 }), { ...minute(id, HOUR, { allowed: 5 }), subject: 'account' }])
    expect(await read(id, 'hour')).toEqual([point(HOUR, { allowed: 1 })])
    expect(await readUsage(database().kysely, 'account', id, { step: 'hour', ...EVER })).toEqual([
      point(HOUR, { allowed: 5 }),
    ])
  })

  test('all codes together', async () => {
    const at = HOUR + 5 * STEP_MS.day
    const coded = (id: string, counts: Partial<CountedMinute>) => ({
      ...minute(id, at, counts),
      subject: 'code' as const,
    })
    await add([coded('allowed', { allowed: 3 }), coded('key_revoked', { refused: 2 })])
    const range = { step: 'hour', fromMs: at, toMs: at + 1 } as const
    expect(await readUsage(database().kysely, 'code', undefined, range)).toEqual([
      point(at, { allowed: 3, refused: 2 }),
    ])
    const top = await topUsage(database().kysely, 'code', range, 1)
    expect(top).toEqual([{ id: 'allowed', allowed: 3, refused: 0, limited: 0, fault: 0 }])
  })

  test('the busiest keys, of all and of one account', async () => {
    const at = HOUR + 9 * STEP_MS.day
    const { accountId } = await givenAccount(database())
    const [quiet, busy] = [await givenApiKey(database(), accountId), await givenApiKey(database(), accountId)]
    const other = randomUUID()
    const counts = [
      minute(quiet.apiKeyId, at, { allowed: 1 }),
      minute(busy.apiKeyId, at, { refused: 5 }),
      minute(other, at, { limited: 9 }),
    ]
    await add(counts)
    const range = { step: 'hour', fromMs: at, toMs: at + STEP_MS.hour } as const
    expect((await topUsage(database().kysely, 'key', range, 2)).map(({ id }) => id)).toEqual([other, busy.apiKeyId])
    const own = await topKeysOfAccount(database().kysely, accountId, range, 5)
    expect(own.map(({ id }) => id)).toEqual([busy.apiKeyId, quiet.apiKeyId])
  })

  test('24 hours of keys beside each other, the last one is now', async () => {
    const [a, b, unused] = [randomUUID(), randomUUID(), randomUUID()]
    const now = HOUR + 40 * 60_000
    await add([
      minute(a, HOUR + 60_000, { allowed: 4, refused: 1, limited: 1, fault: 1 }),
      minute(a, HOUR - 23 * STEP_MS.hour, { allowed: 7 }),
      minute(a, HOUR - 24 * STEP_MS.hour, { allowed: 100 }),
      minute(b, HOUR - STEP_MS.hour, { refused: 2 }),
    ])
    const counts = await hourlyCounts(database().kysely, [a, b, unused], now)
    const zeros = new Array(24).fill(0)
    expect(counts.get(a)).toEqual({ allowed: [7, ...zeros.slice(2), 4], notAllowed: [...zeros.slice(1), 3] })
    expect(counts.get(b)).toEqual({ allowed: zeros, notAllowed: [...zeros.slice(2), 2, 0] })
    expect(counts.get(unused)).toEqual({ allowed: zeros, notAllowed: zeros })
    expect(await hourlyCounts(database().kysely, [], now)).toEqual(new Map())
  })

  test('the traffic of two keys since a moment, whatever its outcome', async () => {
    const [old, replacement, unused] = [randomUUID(), randomUUID(), randomUUID()]
    await add([
      minute(old, HOUR - 60_000, { allowed: 50 }),
      minute(old, HOUR, { allowed: 1, refused: 1, limited: 1 }),
      minute(replacement, HOUR + 60_000, { allowed: 22 }),
    ])
    const traffic = await trafficSince(database().kysely, [old, replacement, unused], HOUR + 30_000)
    expect(Object.fromEntries(traffic)).toEqual({ [old]: 3, [replacement]: 22, [unused]: 0 })
  })

  test('old times go, oldest first and a few at once; what is not wholly old stays', async () => {
    const id = randomUUID()
    const at = (i: number) => 1_000 * STEP_MS.day + i * 60_000
    await add([0, 1, 2, 3].map((i) => minute(id, at(i), { allowed: 1 })))
    const prune = (limit: number) => inTransaction(database(), (trx) => pruneUsage(trx, 'minute', at(3) - 1, limit))
    expect(await prune(1)).toBe(1)
    expect((await read(id, 'minute')).map((each) => each.at)).toEqual([at(1), at(2), at(3)])
    expect(await prune(5)).toBe(1)
    expect((await read(id, 'minute')).map((each) => each.at)).toEqual([at(2), at(3)])
    expect(await read(id, 'hour')).toEqual([point(startOf(at(0), 'hour'), { allowed: 4 })])
  })
})

function minute(id: string, at: number, counts: Partial<CountedMinute>): CountedMinute {
  return { subject: 'key', id, ...point(at, counts) }
}

function point(at: number, counts: Partial<CountedMinute> = {}) {
  return { at, allowed: 0, refused: 0, limited: 0, fault: 0, ...counts }
}

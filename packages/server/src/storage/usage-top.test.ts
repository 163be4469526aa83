import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { inTransaction } from './transaction.ts'
import { addUsage, STEP_MS, topUsage } from './usage.ts'

/** 2027-01-15T00:00:00Z */
const DAY = 1_800_000_000_000 - (1_800_000_000_000 % STEP_MS.day)
const NONE = { refused: 0, limited: 0, fault: 0 }

describeOnEachDatabase('the busiest keys', ({ database }) => {
  const range = { step: 'hour', fromMs: DAY, toMs: DAY + STEP_MS.day } as const
  const add = (counts: readonly (readonly [id: string, hour: number, allowed: number])[]) =>
    inTransaction(database(), (trx) =>
      addUsage(
        trx,
        counts.map(([id, hour, allowed]) => ({
          subject: 'key' as const,
          id,
          at: DAY + hour * STEP_MS.hour,
          allowed,
          ...NONE,
        })),
      ),
    )

  test('are those with the most decisions, whatever is added in whatever order', async () => {
    const batches = fc.array(
      fc.array(fc.tuple(fc.nat(70), fc.nat(1), fc.integer({ min: 1, max: 9 })), { maxLength: 40 }),
      {
        maxLength: 4,
      },
    )
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        await database().kysely.deleteFrom('usage').execute()
        await database().kysely.deleteFrom('usage_top').execute()
        const sums = new Map<string, number>()
        for (const batch of given) {
          await add(batch.map(([key, hour, allowed]) => [`key ${key}`, hour, allowed]))
          for (const [key, , allowed] of batch) sums.set(`key ${key}`, allowed + (sums.get(`key ${key}`) ?? 0))
        }
        const expected = [...sums].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 5)
        const top = await topUsage(database().kysely, 'key', range, 5)
        expect(top.map(({ id, allowed }) => [id, allowed])).toEqual(expected)
      }),
      { numRuns: 15 },
    )
  })

  test('are kept in a bounded number of rows, however many keys there are', async () => {
    await database().kysely.deleteFrom('usage_top').execute()
    await add(Array.from({ length: 400 }, (_, i) => [`many ${i}`, 5, 1 + i]))
    await add([['many 3', 5, 1_000]])
    const kept = await database()
      .kysely.selectFrom('usage_top')
      .select(['id', 'total'])
      .where('step_s', '=', 3600)
      .execute()
    expect(kept).toHaveLength(50)
    const [first, second] = await topUsage(database().kysely, 'key', range, 2)
    expect([first, second]).toMatchObject([
      { id: 'many 3', allowed: 1_004 },
      { id: 'many 399', allowed: 400 },
    ])
  })
})

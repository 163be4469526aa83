import { expect, test } from 'vitest'
import { COUNTED_AT_MOST, LOOKED_AT_TO_COUNT, PAGE_BYTES, readPortions, totalOf } from './pages.ts'

/** A table of so many rows of this size, that says which portions were read of it. */
function table(rows: number, bytes: number) {
  const portions: number[] = []
  const page = (limit: number) =>
    readPortions<number>({
      limit,
      async read(after = 0, count) {
        portions.push(count)
        return Array.from({ length: Math.min(count, rows - after) }, (_, i) => after + i + 1)
      },
      bytesOf: () => bytes,
    })
  return { page, portions }
}

test('a page of small rows has as many as were asked for, and says whether there are more', async () => {
  const { page } = table(200, 10)
  for (const limit of [1, 25, 26, 100, 199]) {
    const { rows, hasMore } = await page(limit)
    expect(rows).toEqual(Array.from({ length: limit }, (_, i) => i + 1))
    expect(hasMore).toBe(true)
  }
  for (const limit of [200, 201, 500])
    expect(await page(limit)).toMatchObject({ rows: { length: 200 }, hasMore: false })
  expect(await table(0, 10).page(10)).toEqual({ rows: [], hasMore: false })
})

test('a page of large rows ends before they are too much together', async () => {
  const { page, portions } = table(500, PAGE_BYTES / 8)
  expect(await page(500)).toMatchObject({ rows: { length: 8 }, hasMore: true })
  expect(portions).toEqual([25])
})

test('a row that is too much alone is a page', async () => {
  expect(await table(3, PAGE_BYTES * 2).page(500)).toEqual({ rows: [1], hasMore: true })
})

test('a total is a count up to a limit, and says whether there may be more', () => {
  const page = { rows: ['a', 'b'], hasMore: true }
  expect(totalOf({ fitting: 7, looked: 9 }, page, true)).toEqual({ total: 7, isCapped: false })
  expect(totalOf({ fitting: COUNTED_AT_MOST, looked: COUNTED_AT_MOST }, page, true)).toMatchObject({ isCapped: false })
  const more = totalOf({ fitting: COUNTED_AT_MOST + 1, looked: COUNTED_AT_MOST + 1 }, page, true)
  expect(more).toEqual({ total: COUNTED_AT_MOST, isCapped: true })
  // Few of the rows that were looked at fit, and others were not looked at.
  expect(totalOf({ fitting: 1, looked: LOOKED_AT_TO_COUNT + 1 }, page, true)).toEqual({ total: 2, isCapped: true })
  expect(totalOf({ fitting: 0, looked: 0 }, { ...page, hasMore: false }, true)).toEqual({ total: 2, isCapped: false })
})

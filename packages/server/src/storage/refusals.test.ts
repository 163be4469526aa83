import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { addRefusals, CLAIMED, pruneRefusals, REFUSALS_KEPT_MS, readRefusals } from './refusals.ts'
import { inTransaction } from './transaction.ts'

const NOW_MS = 1_800_000_000_000
const CAPACITY = { ofKey: 3, claimed: 5 }

describeOnEachDatabase('refusals in the database', ({ database }) => {
  const row = (keyId: string, at: number) => ({ key_id: keyId, at, id: randomUUID(), body: '{}' })
  const add = (...rows: ReturnType<typeof row>[]) =>
    inTransaction(database(), (trx) => addRefusals(trx, rows, CAPACITY))
  const prune = (max?: number) => inTransaction(database(), (trx) => pruneRefusals(trx, NOW_MS, max))
  const timesOf = async (keyId: string, limit = 50) =>
    (await readRefusals(database().kysely, keyId, limit)).map(({ at }) => at)

  test('are kept for each key up to a number, the newest ones, and those of nobody apart', async () => {
    const [a, b] = [randomUUID(), randomUUID()]
    await add(...[1, 2, 3].map((at) => row(a, at)), row(b, 1))
    await add(row(a, 5), row(a, 4))
    await add(...[1, 2, 3, 4, 5, 6, 7].map((at) => row(CLAIMED, at)))
    expect(await timesOf(a)).toEqual([5, 4, 3])
    expect(await timesOf(a, 2)).toEqual([5, 4])
    expect(await timesOf(b)).toEqual([1])
    expect(await timesOf(CLAIMED)).toEqual([7, 6, 5, 4, 3])
  })

  test('are written once, also if the same ones are sent again', async () => {
    const key = randomUUID()
    const rows = [row(key, 1), row(key, 2)]
    await add(...rows)
    await add(...rows, row(key, 3))
    expect(await timesOf(key)).toEqual([3, 2, 1])
    await add()
  })

  test('are deleted when they are too old, and the oldest when they are too many', async () => {
    await database().kysely.deleteFrom('refusals').execute()
    const key = randomUUID()
    await add(row(key, NOW_MS - REFUSALS_KEPT_MS), row(key, NOW_MS - REFUSALS_KEPT_MS + 1), row(key, NOW_MS))
    expect(await prune()).toBe(false)
    expect(await timesOf(key)).toEqual([NOW_MS, NOW_MS - REFUSALS_KEPT_MS + 1])
    await prune(1)
    expect(await timesOf(key)).toEqual([NOW_MS])
  })

  test('are deleted in portions', async () => {
    await database().kysely.deleteFrom('refusals').execute()
    const rows = Array.from({ length: 1_200 }, (_, i) => row(randomUUID(), i))
    for (let i = 0; i < rows.length; i += 300) await add(...rows.slice(i, i + 300))
    expect(await prune()).toBe(true)
    expect(await prune()).toBe(false)
    expect(await database().kysely.selectFrom('refusals').select('id').execute()).toEqual([])
  })
})

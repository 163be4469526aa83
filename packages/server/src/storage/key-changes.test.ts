import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { appendKeyChange, latestKeyChange, pruneKeyChanges, readKeyChangesAfter } from './key-changes.ts'
import { inTransaction } from './transaction.ts'

const accountId = randomUUID()

describeOnEachDatabase('key changes', (on) => {
  const db = () => on.database().kysely
  const append = (changedAt: number, database = on.database()) =>
    inTransaction(database, (trx) => appendKeyChange(trx, { accountId, apiKeyId: 'key', changedAt }))
  const prune = (before: number, limit = 1_000) =>
    inTransaction(on.database(), (trx) => pruneKeyChanges(trx, before, limit))
  const read = (seq: number, limit = 100) => readKeyChangesAfter(db(), seq, limit)

  test('start at none, then count up, whether for a key or a whole account', async () => {
    expect(await latestKeyChange(db())).toBe(0)
    expect(await read(0)).toEqual({ changes: [], latest: 0, gap: false })
    await append(5)
    await inTransaction(on.database(), (trx) => appendKeyChange(trx, { accountId, changedAt: 6 }))
    expect(await latestKeyChange(db())).toBe(2)
    expect(await read(0)).toEqual({
      changes: [
        { seq: 1, accountId, apiKeyId: 'key', changedAt: 5 },
        { seq: 2, accountId, changedAt: 6 },
      ],
      latest: 2,
      gap: false,
    })
  })

  test('are read page by page, in whatever order the table holds them', async () => {
    const start = await latestKeyChange(db())
    for (let each = 0; each < 5; each++) await append(each)
    // PostgreSQL moves an updated row behind the others.
    await db()
      .updateTable('key_changes')
      .set({ changed_at: 9 })
      .where('seq', '=', start + 1)
      .execute()
    const first = await read(start, 3)
    expect(first.changes.map(({ seq }) => seq)).toEqual([start + 1, start + 2, start + 3])
    expect(first).toMatchObject({ latest: start + 5, gap: false })
    expect((await read(start + 3, 3)).changes.map(({ seq }) => seq)).toEqual([start + 4, start + 5])
    expect(await read(start + 5)).toEqual({ changes: [], latest: start + 5, gap: false })
  })

  test('that were pruned are a gap to whoever had not read them, and to nobody else', async () => {
    await prune(Number.MAX_SAFE_INTEGER)
    const start = await latestKeyChange(db())
    expect(await read(start)).toEqual({ changes: [], latest: start, gap: false })
    for (const changedAt of [10, 20, 30]) await append(changedAt)

    expect(await prune(20)).toBe(1)
    expect(await read(start)).toEqual({ changes: [], latest: start + 3, gap: true })
    expect(await read(start + 1)).toMatchObject({ changes: [{ changedAt: 20 }, { changedAt: 30 }], gap: false })

    expect(await prune(31)).toBe(2)
    expect(await read(start + 1)).toEqual({ changes: [], latest: start + 3, gap: true })
    expect(await read(start + 3)).toEqual({ changes: [], latest: start + 3, gap: false })
    await append(40)
    expect(await latestKeyChange(db())).toBe(start + 4)
  })

  test('are pruned from the front only, whatever the clocks said', async () => {
    await prune(Number.MAX_SAFE_INTEGER)
    const start = await latestKeyChange(db())
    for (const changedAt of [10, 50, 10, 50]) await append(changedAt)
    expect(await prune(30)).toBe(1)
    expect((await read(start + 1)).changes.map(({ seq }) => seq)).toEqual([start + 2, start + 3, start + 4])
  })

  test('of a database put back to an older state are a gap', async () => {
    const latest = await latestKeyChange(db())
    expect(await read(latest + 1)).toEqual({ changes: [], latest, gap: true })
  })

  test('are pruned in portions, the oldest first', async () => {
    await prune(Number.MAX_SAFE_INTEGER)
    for (const at of [1, 2, 3, 9]) await append(at)
    const latest = await latestKeyChange(db())
    expect([await prune(9, 2), (await read(latest - 2)).gap, (await read(latest - 3)).gap]).toEqual([2, false, true])
    expect([await prune(9, 2), await prune(9, 2)]).toEqual([1, 0])
    expect((await read(latest - 1)).changes).toHaveLength(1)
  })

  test('leave no hole where a transaction was rolled back', async () => {
    const start = await latestKeyChange(db())
    const undone = inTransaction(on.database(), async (trx) => {
      appendKeyChange(trx, { accountId, changedAt: 1 })
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    await append(2)
    expect(await read(start)).toMatchObject({ changes: [{ seq: start + 1 }], gap: false })
  })

  test('appear in the order of seq under concurrent writers: a poller misses none and never sees a smaller one later', async () => {
    const total = 120
    const start = await latestKeyChange(db())
    const writers = await Promise.all(Array.from({ length: 4 }, () => on.connect()))
    const reader = await on.connect()
    const writing = Promise.all(
      Array.from({ length: total }, async (_, index) => {
        await sleep(Math.random() * 50)
        await inTransaction(writers[index % 4] ?? reader, async (trx) => {
          appendKeyChange(trx, { accountId, changedAt: index })
          await sleep(Math.random() * 4)
        })
      }),
    )

    let seen = start
    const deadline = performance.now() + 20_000
    while (seen < start + total && performance.now() < deadline) {
      const { changes, latest, gap } = await readKeyChangesAfter(reader.kysely, seen, 7)
      expect(gap).toBe(false)
      expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, index) => seen + 1 + index))
      expect(latest).toBeGreaterThanOrEqual(seen + changes.length)
      seen += changes.length
      await sleep(1)
    }
    await writing
    expect(seen).toBe(start + total)
    expect(await latestKeyChange(reader.kysely)).toBe(start + total)
  })
})

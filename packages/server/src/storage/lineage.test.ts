import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, makeApiKey } from '../../test/records.ts'
import { toApiKeyRow } from './api-key-rows.ts'
import { countLineage, findLineage, isMadeBy, readMadeKeys } from './lineage.ts'

describeOnEachDatabase('a lineage', ({ database }) => {
  /** Keys at random, each made by an earlier one of its own tree; some deleted, some made by an operator's key. */
  async function givenForest(size: number, of: (index: number) => number) {
    const { accountId } = await givenAccount(database())
    const { kysely } = database()
    const ids: string[] = Array.from({ length: size }, () => randomUUID())
    const makers = ids.map((_, i) => (i === 0 ? undefined : ids[of(i)]))
    for (const [i, id] of ids.entries()) {
      const maker = i % 3 === 1 ? { operatorKeyId: makers[i] } : { parentKeyId: makers[i] }
      const row = toApiKeyRow(makeApiKey(accountId, { apiKeyId: id, createdAt: i, ...maker }))
      if (i % 7 === 3) {
        const { fingerprint, parent_key_id = null, operator_key_id = null } = row
        const deleted = { id, account_id: accountId, fingerprint, parent_key_id, operator_key_id, deleted_at: 1 }
        await kysely.insertInto('deleted_api_keys').values(deleted).execute()
      } else await kysely.insertInto('api_keys').values(row).execute()
    }
    const below = (root: string): string[] =>
      ids.flatMap((id, i) => (makers[i] === root ? [id, ...below(id)] : [])).sort()
    return { ids, below, isDeleted: (id: string) => ids.indexOf(id) % 7 === 3 }
  }

  test('is the same from above and from below, through deleted keys', async () => {
    const { ids, below, isDeleted } = await givenForest(60, (i) => Math.floor(i / 3))
    const { kysely } = database()
    for (const root of ids.slice(0, 12)) {
      const all = below(root)
      expect((await findLineage(kysely, root, 1_000)).sort()).toEqual(all)
      expect(await countLineage(kysely, root)).toBe(all.length)
      const rows = await kysely.selectFrom('api_keys').select('id').where(isMadeBy(root)).execute()
      expect(rows.map(({ id }) => id).sort()).toEqual(all.filter((id) => !isDeleted(id)))
    }
  })

  test('is read up to a limit', async () => {
    const { ids } = await givenForest(40, (i) => i - 1)
    expect(await findLineage(database().kysely, ids[0] ?? '', 5)).toHaveLength(5)
  })

  test.each([1, 2, 3, 7, 100])('is found in parts of at most %i keys of a source, each once', async (limit) => {
    const { ids, below } = await givenForest(50, (i) => (i < 30 ? 0 : i - 25))
    const found = [ids[0] ?? '']
    let next: string | undefined
    for (let expanded = 0; expanded < found.length; ) {
      const makers = found.slice(expanded, expanded + 6)
      const made = await readMadeKeys(database().kysely, makers, next, limit)
      found.push(...made.ids)
      expanded += made.makers
      next = made.next
    }
    expect(found.slice(1).sort()).toEqual(below(ids[0] ?? ''))
  })
})

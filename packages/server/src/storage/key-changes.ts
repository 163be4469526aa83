import type { Kysely, Transaction } from 'kysely'
import { journalOf, type KeyChangeEntry } from './commit-journal.ts'
import type { Schema } from './schema.ts'

/** One change, for every process with cached keys. */
export interface KeyChange extends KeyChangeEntry {
  /** Its place in commit order. */
  readonly seq: number
}

/** The result of a poll: read again from the last `seq` while that is below `latest`. */
export interface KeyChangesPage {
  /** In order, without holes. */
  readonly changes: readonly KeyChange[]
  /** The newest change at the moment of reading. */
  readonly latest: number
  /**
   * Whether changes after the given `seq` are missing: they were pruned, or the database was restored to an older
   * state. Then `changes` is empty: drop everything cached, and continue from `latest`.
   */
  readonly gap: boolean
}

/**
 * Adds to the journal of a transaction that a key, or a whole account, changed. Every change calls this in its own
 * transaction. It gets its place at the commit, behind a lock on the counter. So `seq` order is commit order, and a
 * reader that saw N never finds a smaller one later.
 */
export function appendKeyChange(trx: Transaction<Schema>, change: KeyChangeEntry): void {
  journalOf(trx).changes.push(change)
}

/** The changes of this transaction so far, oldest first. */
export function keyChangesOf(trx: Transaction<Schema>): readonly KeyChangeEntry[] {
  return journalOf(trx).changes
}

/** The `seq` of the newest committed change, pruned or not; 0 = there was none. */
export async function latestKeyChange(db: Kysely<Schema>): Promise<number> {
  const { value } = await db
    .selectFrom('counters')
    .select('value')
    .where('name', '=', 'key_changes')
    .executeTakeFirstOrThrow()
  return value
}

/** Reads the changes after `seq`, `limit` at most. */
export async function readKeyChangesAfter(db: Kysely<Schema>, seq: number, limit: number): Promise<KeyChangesPage> {
  // One statement, so that `latest` and the rows are from the same moment.
  const rows = await db
    .selectFrom('counters')
    .leftJoin('key_changes', (join) => join.on('key_changes.seq', '>', seq))
    .where('counters.name', '=', 'key_changes')
    .select(['counters.value as latest', 'seq', 'account_id', 'api_key_id', 'changed_at'])
    .orderBy('seq')
    .limit(limit)
    .execute()

  const latest = rows[0]?.latest ?? 0
  const changes = rows.flatMap((row) =>
    row.seq === null || row.account_id === null || row.changed_at === null
      ? []
      : {
          seq: row.seq,
          accountId: row.account_id,
          apiKeyId: row.api_key_id ?? undefined,
          changedAt: row.changed_at,
        },
  )
  const gap = changes[0] ? changes[0].seq !== seq + 1 : latest !== seq
  return { changes: gap ? [] : changes, latest, gap }
}

/**
 * Deletes the oldest changes, up to the first that is not older than `before`, at most `limit`. Clocks of several
 * machines may disagree, so only the front of the feed is deleted, never its middle.
 *
 * @param before Unix milliseconds.
 * @returns how many were deleted.
 */
export async function pruneKeyChanges(trx: Transaction<Schema>, before: number, limit: number): Promise<number> {
  const front = await trx.selectFrom('key_changes').select(['seq', 'changed_at']).orderBy('seq').limit(limit).execute()
  const firstKept = front.findIndex((change) => change.changed_at >= before)
  const last = front.at(firstKept === -1 ? -1 : firstKept - 1)
  if (firstKept === 0 || !last) return 0
  const { numDeletedRows } = await trx.deleteFrom('key_changes').where('seq', '<=', last.seq).executeTakeFirst()
  return Number(numDeletedRows)
}

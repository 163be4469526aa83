import { type Kysely, PostgresAdapter, type Selectable, sql, type Transaction } from 'kysely'
import type { AuditActor } from './audit-events.ts'
import { readMadeKeys } from './lineage.ts'
import type { CascadesTable, Schema } from './schema.ts'

/** A revocation that goes on until all keys of a lineage are revoked. */
export interface Cascade {
  /** UUID v4. */
  readonly cascadeId: string
  /** The key that was revoked first. */
  readonly rootKeyId: string
  readonly rootAccountId: string
  /** Only keys of this account are revoked; absent = those of all accounts. */
  readonly onlyAccountId?: string
  /** Who began it. */
  readonly actor: AuditActor
  readonly reason: string
  readonly note?: string
  /** Unix milliseconds. */
  readonly startedAt: number
  /** Unix milliseconds; absent = it runs. */
  readonly finishedAt?: number
  /** What `passed` will be at the end; absent until it is known. */
  readonly total?: number
  /** Keys that it revoked. */
  readonly revoked: number
  /** Found keys that it is done with, in the order in which it found them. */
  readonly passed: number
  /** Keys that it found. */
  readonly found: number
  /** The found keys whose own keys were all found, in the same order. It is never above `passed`. */
  readonly expanded: number
  /** How far the keys of the next one were found. */
  readonly expandedTo?: string | undefined
}

/** Adds a cascade whose root is found and passed, held by this process. */
export async function insertCascade(
  trx: Transaction<Schema>,
  cascade: Omit<Cascade, 'passed' | 'found' | 'expanded'>,
  holder: string,
): Promise<void> {
  await trx
    .insertInto('cascades')
    .values({
      id: cascade.cascadeId,
      root_key_id: cascade.rootKeyId,
      root_account_id: cascade.rootAccountId,
      only_account_id: cascade.onlyAccountId ?? null,
      actor: JSON.stringify(cascade.actor),
      reason: cascade.reason,
      note: cascade.note ?? null,
      started_at: cascade.startedAt,
      revoked: cascade.revoked,
      passed: 1,
      found: 1,
      expanded: 0,
      holder,
      held_until: cascade.startedAt + HELD_FOR_MS,
    })
    .execute()
  await insertFound(trx, cascade.cascadeId, 0, [cascade.rootKeyId])
}

/** The last cascade that began with this key. */
export async function findCascadeOf(db: Kysely<Schema>, rootKeyId: string): Promise<Cascade | undefined> {
  const row = await db
    .selectFrom('cascades')
    .selectAll()
    .where('root_key_id', '=', rootKeyId)
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && toCascade(row)
}

/** A running cascade that began with this key, for the same reason, and revokes the keys of the same accounts or more. */
export async function findRunningCascade(
  db: Kysely<Schema>,
  { rootKeyId, reason, onlyAccountId }: Pick<Cascade, 'rootKeyId' | 'reason' | 'onlyAccountId'>,
): Promise<Cascade | undefined> {
  const row = await db
    .selectFrom('cascades')
    .selectAll()
    .where('root_key_id', '=', rootKeyId)
    .where('finished_at', 'is', null)
    .where('reason', '=', reason)
    .where((where) =>
      where.or([where('only_account_id', 'is', null), where('only_account_id', '=', onlyAccountId ?? null)]),
    )
    .limit(1)
    .executeTakeFirst()
  return row && toCascade(row)
}

/** Deletes the finished cascades of this key whose found keys are deleted: only the last one is shown. */
export async function deleteFinishedCascades(trx: Transaction<Schema>, rootKeyId: string): Promise<void> {
  await trx
    .deleteFrom('cascades')
    .where('root_key_id', '=', rootKeyId)
    .where('finished_at', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('cascade_keys').select('place').whereRef('cascade_id', '=', 'cascades.id'))),
    )
    .execute()
}

/**
 * Takes a running cascade that no other holder works on, for a time. The same holder takes it again. Those of operators
 * come first: holders can begin many.
 *
 * @param now Unix milliseconds.
 */
export async function takeCascade(trx: Transaction<Schema>, holder: string, now: number): Promise<Cascade | undefined> {
  const free = await trx
    .selectFrom('cascades')
    .selectAll()
    .where('finished_at', 'is', null)
    .where((where) =>
      where.or([
        where('holder', '=', holder),
        where('held_until', '<=', now),
        // Held by a process whose clock was far ahead.
        where('held_until', '>', now + 2 * HELD_FOR_MS),
      ]),
    )
    .orderBy(sql`case when only_account_id is null then 0 else 1 end`)
    .orderBy('started_at')
    .limit(1)
    .$if(hasRowLocks(trx), (query) => query.forUpdate().skipLocked())
    .executeTakeFirst()
  if (!free) return undefined
  await hold(trx, free.id, holder, now)
  return toCascade(free)
}

/**
 * Locks a running cascade that this holder holds, and holds it for longer; `undefined` if it is finished or another's.
 *
 * @param now Unix milliseconds.
 */
export async function lockCascade(
  trx: Transaction<Schema>,
  cascadeId: string,
  holder: string,
  now: number,
): Promise<Cascade | undefined> {
  const row = await trx
    .selectFrom('cascades')
    .selectAll()
    .where('id', '=', cascadeId)
    .where('holder', '=', holder)
    .where('finished_at', 'is', null)
    .$if(hasRowLocks(trx), (query) => query.forUpdate())
    .executeTakeFirst()
  if (!row) return undefined
  await hold(trx, cascadeId, holder, now)
  return toCascade(row)
}

/** How long a holder may be silent until another process takes its cascade, in milliseconds. */
const HELD_FOR_MS = 30_000

async function hold(trx: Transaction<Schema>, cascadeId: string, holder: string, now: number): Promise<void> {
  await trx
    .updateTable('cascades')
    .set({ holder, held_until: now + HELD_FOR_MS })
    .where('id', '=', cascadeId)
    .execute()
}

function hasRowLocks(trx: Transaction<Schema>): boolean {
  return trx.getExecutor().adapter instanceof PostgresAdapter
}

/** Lets others take what this holder held. */
export async function releaseCascades(db: Kysely<Schema>, holder: string): Promise<void> {
  await db
    .updateTable('cascades')
    .set({ holder: null, held_until: 0 })
    .where('finished_at', 'is', null)
    .where('holder', '=', holder)
    .execute()
}

/** Writes how many keys the whole lineage of a running cascade has. */
export async function setCascadeTotal(db: Kysely<Schema>, cascadeId: string, total: number): Promise<void> {
  await db.updateTable('cascades').set({ total }).where('id', '=', cascadeId).where('finished_at', 'is', null).execute()
}

/** The next keys that were found and not passed. */
export function nextToPass(trx: Transaction<Schema>, cascade: Cascade, limit: number): Promise<string[]> {
  return readFound(trx, cascade, cascade.passed, limit)
}

/** Counts keys as passed, some of them as revoked. Returns the cascade as it is now. */
export async function passKeys(
  trx: Transaction<Schema>,
  cascade: Cascade,
  more: { readonly passed: number; readonly revoked: number },
): Promise<Cascade> {
  const [passed, revoked] = [cascade.passed + more.passed, cascade.revoked + more.revoked]
  await trx.updateTable('cascades').set({ passed, revoked }).where('id', '=', cascade.cascadeId).execute()
  return { ...cascade, passed, revoked }
}

/**
 * Finds keys that passed keys made. A passed key makes no further ones, so none is missed. Returns the cascade as it is
 * now. All found keys must have been passed.
 */
export async function findMore(trx: Transaction<Schema>, cascade: Cascade, limit: number): Promise<Cascade> {
  const { cascadeId } = cascade
  const makers = await readFound(trx, cascade, cascade.expanded, limit)
  const made = await readMadeKeys(trx, makers, cascade.expandedTo, limit)
  await insertFound(trx, cascadeId, cascade.found, made.ids)
  const [found, expanded] = [cascade.found + made.ids.length, cascade.expanded + made.makers]
  await trx
    .updateTable('cascades')
    .set({ found, expanded, expanded_to: made.next ?? null })
    .where('id', '=', cascadeId)
    .execute()
  return { ...cascade, found, expanded, expandedTo: made.next }
}

/** Ends a cascade. Its found keys are not needed any more: `pruneCascadeKeys` deletes them. */
export async function finishCascade(
  trx: Transaction<Schema>,
  { cascadeId, passed }: Cascade,
  now: number,
): Promise<void> {
  await trx.updateTable('cascades').set({ finished_at: now, total: passed }).where('id', '=', cascadeId).execute()
}

/** Deletes found keys of finished cascades, `limit` at most, and returns how many. */
export async function pruneCascadeKeys(trx: Transaction<Schema>, limit: number): Promise<number> {
  const finished = await trx
    .selectFrom('cascade_keys')
    .innerJoin('cascades', 'cascades.id', 'cascade_id')
    .select('cascade_id')
    .where('finished_at', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  if (!finished) return 0
  const { cascade_id: cascadeId } = finished
  const first = trx.selectFrom('cascade_keys').select('place').where('cascade_id', '=', cascadeId).orderBy('place')
  const { numDeletedRows } = await trx
    .deleteFrom('cascade_keys')
    .where('cascade_id', '=', cascadeId)
    .where('place', 'in', first.limit(limit))
    .executeTakeFirst()
  return Number(numDeletedRows)
}

async function readFound(trx: Transaction<Schema>, { cascadeId }: Cascade, after: number, limit: number) {
  const rows = await trx
    .selectFrom('cascade_keys')
    .select('key_id')
    .where('cascade_id', '=', cascadeId)
    .where('place', '>', after)
    .orderBy('place')
    .limit(limit)
    .execute()
  return rows.map(({ key_id: keyId }) => keyId)
}

/** Rows of one statement: three parameters each. */
const ROWS_A_STATEMENT = 1_000

async function insertFound(
  trx: Transaction<Schema>,
  cascadeId: string,
  found: number,
  ids: readonly string[],
): Promise<void> {
  const rows = ids.map((id, i) => ({ cascade_id: cascadeId, place: found + i + 1, key_id: id }))
  for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) {
    await trx
      .insertInto('cascade_keys')
      .values(rows.slice(i, i + ROWS_A_STATEMENT))
      .execute()
  }
}

function toCascade(row: Selectable<CascadesTable>): Cascade {
  return {
    cascadeId: row.id,
    rootKeyId: row.root_key_id,
    rootAccountId: row.root_account_id,
    onlyAccountId: row.only_account_id ?? undefined,
    actor: JSON.parse(row.actor),
    reason: row.reason,
    note: row.note ?? undefined,
    startedAt: row.started_at,
    finishedAt: row.finished_at ?? undefined,
    total: row.total ?? undefined,
    revoked: row.revoked,
    passed: row.passed,
    found: row.found,
    expanded: row.expanded,
    expandedTo: row.expanded_to ?? undefined,
  }
}

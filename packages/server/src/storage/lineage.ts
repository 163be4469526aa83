import { type Expression, type Kysely, PostgresAdapter, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Schema } from './schema.ts'

/**
 * The ids of the keys that this key made, that those made, and so on, in all accounts. The search passes through
 * deleted keys.
 *
 * @param limit ids at most, so that a caller learns by one more than it can use that there are too many
 */
export async function findLineage(db: Kysely<Schema>, apiKeyId: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`${lineageOf(db, apiKeyId)} select id from made limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

/** How many keys that is, with deleted ones. It reads the whole lineage. */
export async function countLineage(db: Kysely<Schema>, apiKeyId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`${lineageOf(db, apiKeyId)} select count(*) as count from made`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}

/**
 * Whether the key of a row of `api_keys` is of this key's lineage. It looks from each row upwards, so it is for a
 * lineage that holds many of the rows.
 */
export function isMadeBy(apiKeyId: string): Expression<SqlBool> {
  return sql<SqlBool>`exists (
    with recursive maker (id) as (
      select coalesce(api_keys.parent_key_id, api_keys.operator_key_id)
      union
      select coalesce(
          (select coalesce(k.parent_key_id, k.operator_key_id) from api_keys k where k.id = maker.id),
          (select coalesce(d.parent_key_id, d.operator_key_id) from deleted_api_keys d where d.id = maker.id))
        from maker where maker.id is not null and maker.id <> ${apiKeyId}
    )
    select 1 from maker where id = ${apiKeyId})`
}

/** Where a key keeps its maker. */
const SOURCES = [
  ['api_keys', 'parent_key_id'],
  ['api_keys', 'operator_key_id'],
  ['deleted_api_keys', 'parent_key_id'],
  ['deleted_api_keys', 'operator_key_id'],
] as const

/** A part of the keys that these keys made themselves, deleted ones included. */
export interface MadeKeys {
  readonly ids: readonly string[]
  /** Of how many makers these are all keys. */
  readonly makers: number
  /** Only if `makers` is 0: the first maker made more, and here its next part begins. */
  readonly next?: string
}

/**
 * Reads the next keys that these makers made. It reads all keys of as many makers as fit, or a part of the keys of the
 * first one.
 *
 * @param from the `next` of the part before, for the first maker
 * @param limit ids of one source at most
 */
export async function readMadeKeys(
  db: Kysely<Schema>,
  makers: readonly string[],
  from: string | undefined,
  limit: number,
): Promise<MadeKeys> {
  for (let count = from === undefined ? makers.length : 1; count > 1; count = Math.ceil(count / 2)) {
    const ids = await readAllMade(db, makers.slice(0, count), limit)
    if (ids) return { ids, makers: count }
  }
  const [maker] = makers
  return maker === undefined ? { ids: [], makers: 0 } : readPartOf(db, maker, from, limit)
}

async function readAllMade(
  db: Kysely<Schema>,
  makers: readonly string[],
  limit: number,
): Promise<string[] | undefined> {
  const found: string[] = []
  for (const [table, column] of SOURCES) {
    const rows = await db
      .selectFrom(table)
      .select('id')
      .where(column, 'in', makers)
      .limit(limit + 1)
      .execute()
    if (rows.length > limit) return undefined
    found.push(...rows.map(({ id }) => id))
  }
  return found
}

async function readPartOf(
  db: Kysely<Schema>,
  maker: string,
  from: string | undefined,
  limit: number,
): Promise<MadeKeys> {
  const [source = '0', after = ''] = from?.split(' ') ?? []
  const place = SOURCES[Number(source)]
  if (!place) return { ids: [], makers: 1 }
  const [table, column] = place
  const rows = await db
    .selectFrom(table)
    .select('id')
    .where(column, '=', maker)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
  const ids = rows.map(({ id }) => id)
  const next = ids.length === limit ? `${source} ${ids.at(-1)}` : `${Number(source) + 1} `
  return { ids, makers: 0, next }
}

/** The lineage as the table `made`. The two databases allow different forms of the recursion. */
function lineageOf(db: Kysely<Schema>, apiKeyId: string): RawBuilder<unknown> {
  if (db.getExecutor().adapter instanceof PostgresAdapter) {
    return sql`with recursive made (id) as (
      select id from (${childrenOf(sql`${apiKeyId}`)}) as first
      union
      select child.id from made, lateral (${childrenOf(sql`made.id`)}) as child
    )`
  }
  const steps = SOURCES.map(
    ([table, column]) =>
      sql`select child.id from made join ${sql.id(table)} as child on child.${sql.id(column)} = made.id`,
  )
  return sql`with recursive made (id) as (${childrenOf(sql`${apiKeyId}`)} union ${sql.join(steps, sql` union `)})`
}

function childrenOf(maker: RawBuilder<unknown>): RawBuilder<unknown> {
  const selects = SOURCES.map(
    ([table, column]) => sql`select id from ${sql.id(table)} where ${sql.id(column)} = ${maker}`,
  )
  return sql.join(selects, sql` union all `)
}

import { type Kysely, type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import { type Account, toAccount } from './accounts.ts'
import { keysWithoutSessions } from './find-api-keys.ts'
import {
  beginsWith,
  type CappedCount,
  COUNTED_AT_MOST,
  containsText,
  LOOKED_AT_TO_COUNT,
  type Page,
  type PageRequest,
  readPortions,
  textBytes,
  totalOf,
} from './pages.ts'
import type { AccountsTable, Schema } from './schema.ts'

/** The bytes of an account's other fields. */
const SHORT_FIELDS_BYTES = 500

/** The filters of a list of accounts: an account must match all of them. */
export interface AccountFilters {
  /** Part of the name or of the external id, or the beginning of the id. */
  readonly q?: string
  /** Part of the name. */
  readonly name?: string
  readonly externalId?: string
  readonly tier?: string
  readonly state?: 'active' | 'suspended'
}

/** A page of the accounts that fit, in the order of their creation. */
export async function listAccountsPage(
  db: Kysely<Schema>,
  filters: AccountFilters,
  { after, limit }: PageRequest,
): Promise<Page<Account>> {
  const fitting = fittingAccounts(db, filters)
  const page = await readPortions<Selectable<AccountsTable>>({
    limit,
    async read(last, count) {
      const from = last ? { createdAt: last.created_at, id: last.id } : after
      return fitting
        .$if(from !== undefined, (query) =>
          query.where(sql<boolean>`(created_at, id) > (${from?.createdAt ?? 0}, ${from?.id ?? ''})`),
        )
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .limit(count)
        .execute()
    },
    bytesOf: (row) => SHORT_FIELDS_BYTES + textBytes(row.metadata, row.name),
  })
  const isFirst = after === undefined
  const count = isFirst && !page.hasMore ? { fitting: 0, looked: 0 } : await countFitting(db, filters)
  return { rows: page.rows.map(toAccount), hasMore: page.hasMore, ...totalOf(count, page, isFirst) }
}

/** Looks at so many accounts, and counts those that fit. */
async function countFitting(db: Kysely<Schema>, filters: AccountFilters): Promise<CappedCount> {
  const isAny = Object.values(filters).every((filter) => filter === undefined)
  const some = db
    .selectFrom('accounts')
    .selectAll()
    .limit(1 + (isAny ? COUNTED_AT_MOST : LOOKED_AT_TO_COUNT))
  const { looked } = await db
    .selectFrom(some.as('accounts'))
    .select(({ fn }) => fn.countAll<number>().as('looked'))
    .executeTakeFirstOrThrow()
  const { fitting } = await fittingAccounts(db, filters, some)
    .select((select) => select.fn.countAll<number>().as('fitting'))
    .executeTakeFirstOrThrow()
  return { fitting, looked }
}

/** The counts of an account's keys. */
export interface KeysOfAccount {
  /** Neither revoked nor expired. */
  readonly live: number
  /** Unix milliseconds; absent = none was ever used. */
  readonly lastUsedAt?: number
}

/**
 * Counts the keys of these accounts. Each account has its entry.
 *
 * @param now Unix milliseconds.
 */
export async function countKeysOf(
  db: Kysely<Schema>,
  accountIds: readonly string[],
  now: number,
): Promise<Map<string, KeysOfAccount>> {
  const counts = new Map<string, KeysOfAccount>(accountIds.map((id) => [id, { live: 0 }]))
  if (accountIds.length === 0) return counts
  const rows = await keysWithoutSessions(db)
    .where('api_keys.account_id', 'in', accountIds)
    .groupBy('api_keys.account_id')
    .select([
      'api_keys.account_id as id',
      sql<number>`cast(sum(case when api_keys.state <> 'revoked'
        and (api_keys.expires_at is null or api_keys.expires_at > ${now}) then 1 else 0 end) as bigint)`.as('live'),
      sql<number | null>`max(api_keys.last_used_at)`.as('last_used_at'),
    ])
    .execute()
  for (const { id, live, last_used_at: lastUsedAt } of rows) {
    counts.set(id, { live, lastUsedAt: lastUsedAt ?? undefined })
  }
  return counts
}

function fittingAccounts(
  db: Kysely<Schema>,
  { q, name, externalId, tier, state }: AccountFilters,
  some: AliasedAccounts = db.selectFrom('accounts').selectAll(),
) {
  let query = db.selectFrom(some.as('accounts'))
  if (q !== undefined) {
    query = query.where((where) =>
      where.or([containsText('name', q), containsText('external_id', q), beginsWith('id', q.toLowerCase())]),
    )
  }
  if (name !== undefined) query = query.where(containsText('name', name))
  if (externalId !== undefined) query = query.where('external_id', '=', externalId)
  if (tier !== undefined) query = query.where('tier', '=', tier)
  if (state !== undefined) query = query.where('suspended_at', state === 'suspended' ? 'is not' : 'is', null)
  return query
}

type AliasedAccounts = SelectQueryBuilder<Schema, 'accounts', Selectable<AccountsTable>>

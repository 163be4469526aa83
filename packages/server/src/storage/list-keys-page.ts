import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely'
import type { StoredApiKey } from './api-key.ts'
import { STORED_KEY_COLUMNS, type StoredKeyRow, toStoredApiKey } from './api-key-rows.ts'
import { keysWithoutSessions } from './find-api-keys.ts'
import { isMadeBy } from './lineage.ts'
import {
  beginsWith,
  type CappedCount,
  COUNTED_AT_MOST,
  containsText,
  isOneOf,
  LOOKED_AT_TO_COUNT,
  type Page,
  type PageRequest,
  readPortions,
  textBytes,
  totalOf,
} from './pages.ts'
import type { KeyType, Schema } from './schema.ts'

/** The bytes of a key's other fields, with its public key and its counts. */
const SHORT_FIELDS_BYTES = 1_500

/** The filters of a list of keys: a key must match all of them. */
export interface KeyFilters {
  readonly accountId?: string
  readonly externalId?: string
  /** Part of the name, or the beginning of id or fingerprint. */
  readonly q?: string
  /** Part of the name. */
  readonly name?: string
  readonly state?: 'active' | 'disabled' | 'revoked' | 'expired' | 'rotating'
  /** On the key's own list. */
  readonly scope?: string
  readonly keyType?: KeyType
  readonly fingerprint?: string
  /** Only these. */
  readonly ids?: readonly string[] | undefined
  /** Only keys of this key's lineage. */
  readonly madeBy?: string | undefined
  /** Unix milliseconds. */
  readonly expiresBefore?: number
  /** Unix milliseconds; keys that were never used match too. */
  readonly lastUsedBefore?: number
}

/**
 * A page of the keys that fit, in the order of their creation.
 *
 * @param now Unix milliseconds.
 */
export async function listKeysPage(
  db: Kysely<Schema>,
  filters: KeyFilters,
  { after, limit }: PageRequest,
  now: number,
): Promise<Page<StoredApiKey>> {
  const { found, checked } = conditionsOf(db, filters, now)
  const page = await readPortions<StoredKeyRow>({
    limit,
    async read(last, count) {
      const from = last ? { createdAt: last.created_at, id: last.id } : after
      return keysWithoutSessions(db)
        .where((where) => where.and([...found, ...checked]))
        .$if(from !== undefined, (query) =>
          query.where(sql<boolean>`(api_keys.created_at, api_keys.id) > (${from?.createdAt ?? 0}, ${from?.id ?? ''})`),
        )
        .selectAll('api_keys')
        .select(STORED_KEY_COLUMNS)
        .orderBy('api_keys.created_at')
        .orderBy('api_keys.id')
        .limit(count)
        .execute()
    },
    bytesOf: (row) => SHORT_FIELDS_BYTES + textBytes(row.metadata, row.scopes, row.ip_allowlist, row.name),
  })
  const isFirst = after === undefined
  const count = isFirst && !page.hasMore ? NOTHING_MORE : await countFitting(db, found, checked)
  return { rows: page.rows.map(toStoredApiKey), hasMore: page.hasMore, ...totalOf(count, page, isFirst) }
}

const NOTHING_MORE: CappedCount = { fitting: 0, looked: 0 }

/** Looks at so many of the found keys, and counts those that pass the checks. */
async function countFitting(db: Kysely<Schema>, found: Conditions, checked: Conditions): Promise<CappedCount> {
  const some = db
    .selectFrom('api_keys')
    .selectAll()
    .where((where) => where.and([where('kind', '=', 'api_key'), ...found]))
    .limit(1 + (checked.length > 0 ? LOOKED_AT_TO_COUNT : COUNTED_AT_MOST))
  return db
    .selectFrom(some.as('api_keys'))
    .select(({ fn, and }) => [
      fn.countAll<number>().as('looked'),
      fn.countAll<number>().filterWhere(and(checked)).as('fitting'),
    ])
    .executeTakeFirstOrThrow()
}

type Conditions = readonly Expression<SqlBool>[]

/** The conditions that an index finds, and those that each found key is checked for. */
function conditionsOf(db: Kysely<Schema>, filters: KeyFilters, now: number) {
  const { accountId, externalId, q, name, state, scope, keyType, fingerprint, ids, madeBy } = filters
  const { expiresBefore, lastUsedBefore } = filters
  const is = expressionBuilder<Schema, 'api_keys'>()
  const found: Expression<SqlBool>[] = []
  const checked: Expression<SqlBool>[] = []
  if (accountId !== undefined) found.push(is('api_keys.account_id', '=', accountId))
  if (externalId !== undefined) {
    const account = db.selectFrom('accounts').select('accounts.id').where('external_id', '=', externalId)
    found.push(is('api_keys.account_id', 'in', account))
  }
  if (fingerprint !== undefined) found.push(is('api_keys.fingerprint', '=', fingerprint))
  if (ids !== undefined) found.push(isOneOf(db, 'api_keys.id', ids))
  if (state === 'disabled' || state === 'revoked') found.push(is('api_keys.state', '=', state))
  if (state === 'rotating') {
    const rotating = db
      .selectFrom('rotations')
      .select('rotations.old_key_id')
      .where('rotations.ended_at', 'is', null)
      .where('rotations.deadline', '>', now)
    found.push(is('api_keys.id', 'in', rotating))
  }
  if (name !== undefined) checked.push(containsText('api_keys.name', name))
  if (q !== undefined) {
    checked.push(
      is.or([
        containsText('api_keys.name', q),
        beginsWith('api_keys.id', q.toLowerCase()),
        beginsWith('api_keys.fingerprint', q),
      ]),
    )
  }
  if (scope !== undefined) checked.push(containsText('api_keys.scopes', JSON.stringify(scope)))
  if (keyType !== undefined) checked.push(is('api_keys.key_type', '=', keyType))
  if (madeBy !== undefined) checked.push(isMadeBy(madeBy))
  if (expiresBefore !== undefined) checked.push(is('api_keys.expires_at', '<', expiresBefore))
  if (lastUsedBefore !== undefined) {
    checked.push(is.or([is('api_keys.last_used_at', 'is', null), is('api_keys.last_used_at', '<', lastUsedBefore)]))
  }
  const isUnexpired = is.or([is('api_keys.expires_at', 'is', null), is('api_keys.expires_at', '>', now)])
  if (state === 'expired') {
    checked.push(is('api_keys.state', '<>', 'revoked'), is('api_keys.expires_at', '<=', now))
  } else if (state !== undefined && state !== 'revoked') {
    checked.push(is('api_keys.state', '=', state === 'rotating' ? 'active' : state), isUnexpired)
  }
  return { found, checked }
}

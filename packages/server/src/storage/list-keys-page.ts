import { type Kysely, sql } from 'kysely'
import type { StoredApiKey } from './api-key.ts'
import { STORED_KEY_COLUMNS, type StoredKeyRow, toStoredApiKey } from './api-key-rows.ts'
import { keysWithoutSessions } from './find-api-keys.ts'
import { isMadeBy } from './lineage.ts'
import { beginsWith, containsText, isOneOf, type Page, type PageRequest, readPortions, textBytes } from './pages.ts'
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
  const fitting = fittingKeys(db, filters, now)
  const { total } = await fitting.select((select) => select.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  const { rows, hasMore } = await readPortions<StoredKeyRow>({
    limit,
    async read(last, count) {
      const from = last ? { createdAt: last.created_at, id: last.id } : after
      return fitting
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
  return { rows: rows.map(toStoredApiKey), total, hasMore }
}

function fittingKeys(db: Kysely<Schema>, filters: KeyFilters, now: number) {
  const { accountId, externalId, q, name, state, scope, keyType, fingerprint, ids, madeBy } = filters
  const { expiresBefore, lastUsedBefore } = filters
  let query = keysWithoutSessions(db)
  if (accountId !== undefined) query = query.where('api_keys.account_id', '=', accountId)
  if (externalId !== undefined) query = query.where('accounts.external_id', '=', externalId)
  if (name !== undefined) query = query.where(containsText('api_keys.name', name))
  if (q !== undefined) {
    query = query.where((where) =>
      where.or([
        containsText('api_keys.name', q),
        beginsWith('api_keys.id', q.toLowerCase()),
        beginsWith('api_keys.fingerprint', q),
      ]),
    )
  }
  if (scope !== undefined) query = query.where(containsText('api_keys.scopes', JSON.stringify(scope)))
  if (keyType !== undefined) query = query.where('api_keys.key_type', '=', keyType)
  if (fingerprint !== undefined) query = query.where('api_keys.fingerprint', '=', fingerprint)
  if (ids !== undefined) query = query.where(isOneOf(db, 'api_keys.id', ids))
  if (madeBy !== undefined) query = query.where(isMadeBy(madeBy))
  if (expiresBefore !== undefined) query = query.where('api_keys.expires_at', '<', expiresBefore)
  if (lastUsedBefore !== undefined) {
    query = query.where((where) =>
      where.or([where('api_keys.last_used_at', 'is', null), where('api_keys.last_used_at', '<', lastUsedBefore)]),
    )
  }
  if (state === 'revoked') return query.where('api_keys.state', '=', 'revoked')
  if (state === 'expired') {
    return query.where('api_keys.state', '<>', 'revoked').where('api_keys.expires_at', '<=', now)
  }
  if (state === undefined) return query
  const unexpired = query.where((where) =>
    where.or([where('api_keys.expires_at', 'is', null), where('api_keys.expires_at', '>', now)]),
  )
  if (state !== 'rotating') return unexpired.where('api_keys.state', '=', state)
  return unexpired
    .where('api_keys.state', '=', 'active')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('rotations')
          .select('rotations.id')
          .whereRef('rotations.old_key_id', '=', 'api_keys.id')
          .where('rotations.ended_at', 'is', null)
          .where('rotations.deadline', '>', now),
      ),
    )
}

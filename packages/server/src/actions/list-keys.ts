import type { ApiKey, ApiKeyPage, ListAllKeysQuery } from '@countersign/api'
import { type Denied, denied, type Principal } from '@countersign/gate'
import { findAccountOfDeletedKey, findListedApiKey, listKeysBriefly } from '../storage/find-api-keys.ts'
import { findLineage } from '../storage/lineage.ts'
import { type KeyFilters, listKeysPage } from '../storage/list-keys-page.ts'
import { findOpenRotations } from '../storage/rotations.ts'
import { hourlyCounts } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'
import { keyDetails } from './key-details.ts'
import type { Reach } from './lock-target.ts'
import { readChoiceQuery, readPageQuery, readTimeQuery, refuseUnstorable, writeCursor } from './page-query.ts'

/** The keys of the actor's account, in the order in which they were made. */
export async function listKeys({ database }: ActionContext, { accountId }: Principal): Promise<ApiKey[]> {
  const listed: ApiKey[] = []
  for await (const { apiKeyId, name, scopes, subaccount } of listKeysBriefly(database.reader, accountId)) {
    listed.push({ api_key_id: apiKeyId, name, scopes, subaccount })
  }
  return listed
}

/** A page of the keys within reach that match the query, with all their details. */
export async function listKeyDetails(
  { database, now }: ActionContext,
  { accountId }: Principal,
  reach: Reach,
  query: ListAllKeysQuery,
): Promise<ApiKeyPage | Denied> {
  const db = database.reader
  const nowMs = now()
  const page = readPageQuery(query)
  if ('denied' in page) return page
  const filters = await readFilters(db, reach === 'own' ? { ...query, account_id: accountId } : query, reach)
  if ('denied' in filters) return filters
  const { rows, total, isCapped, hasMore } = await listKeysPage(db, filters, page, nowMs)
  const ids = rows.map(({ apiKeyId }) => apiKeyId)
  const rotations = await findOpenRotations(db, ids, nowMs)
  const hourly = await hourlyCounts(db, ids, nowMs)
  const last = rows.at(-1)
  return {
    api_keys: rows.map((key) => {
      const rotation = rotations.find((it) => it.oldKeyId === key.apiKeyId || it.newKeyId === key.apiKeyId)
      return keyDetails(key, nowMs, { rotation, hourly: hourly.get(key.apiKeyId) })
    }),
    total,
    total_is_capped: isCapped || undefined,
    next_cursor: hasMore && last ? writeCursor({ createdAt: last.createdAt, id: last.apiKeyId }) : undefined,
  }
}

/** A larger lineage holds many of the keys: each row is asked for its makers. */
const LINEAGE_LISTED = 5_000

const STATES = ['active', 'disabled', 'revoked', 'expired', 'rotating'] as const

async function readFilters(
  db: ActionContext['database']['kysely'],
  query: ListAllKeysQuery,
  reach: Reach,
): Promise<KeyFilters | Denied> {
  const unstorable = refuseUnstorable(query)
  if (unstorable) return unstorable
  const state = readChoiceQuery('state', query.state, STATES)
  if (typeof state === 'object') return state
  const keyType = readChoiceQuery('key_type', query.key_type, ['rsa', 'ed25519'])
  if (typeof keyType === 'object') return keyType
  const expiresBefore = readTimeQuery('expires_before', query.expires_before)
  if (typeof expiresBefore === 'object') return expiresBefore
  const lastUsedBefore = readTimeQuery('last_used_before', query.last_used_before)
  if (typeof lastUsedBefore === 'object') return lastUsedBefore
  const { account_id: accountId, external_id: externalId, q, name, scope, fingerprint, made_by: madeBy } = query
  if (madeBy !== undefined && reach === 'own') {
    const owner = (await findListedApiKey(db, madeBy))?.accountId ?? (await findAccountOfDeletedKey(db, madeBy))
    if (owner !== accountId) return denied('not_found')
  }
  const made = madeBy === undefined ? undefined : await findLineage(db, madeBy, LINEAGE_LISTED + 1)
  const isLarge = made !== undefined && made.length > LINEAGE_LISTED
  return {
    accountId,
    externalId,
    q,
    name,
    scope,
    fingerprint,
    state,
    keyType,
    expiresBefore,
    lastUsedBefore,
    ids: isLarge ? undefined : made,
    madeBy: isLarge ? madeBy : undefined,
  }
}

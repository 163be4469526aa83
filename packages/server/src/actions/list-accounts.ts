import type { AccountPage, ListAccountsQuery, Account as WireAccount } from '@countersign/api'
import type { Denied } from '@countersign/gate'
import { type Account, findAccount } from '../storage/accounts.ts'
import { countKeysOf, type KeysOfAccount, listAccountsPage } from '../storage/list-accounts-page.ts'
import type { ActionContext } from './context.ts'
import { readChoiceQuery, readPageQuery, refuseUnstorable, writeCursor } from './page-query.ts'

/** A page of the accounts that fit the query. */
export async function listAccounts(
  { database, now }: ActionContext,
  query: ListAccountsQuery,
): Promise<AccountPage | Denied> {
  const page = readPageQuery(query)
  if ('denied' in page) return page
  const unstorable = refuseUnstorable(query)
  if (unstorable) return unstorable
  const state = readChoiceQuery('state', query.state, ['active', 'suspended'])
  if (typeof state === 'object') return state
  const { q, name, external_id: externalId, usage_tier: tier } = query
  const filters = { q, name, externalId, tier, state }
  const db = database.reader
  const { rows, total, isCapped, hasMore } = await listAccountsPage(db, filters, page)
  const ids = rows.map(({ accountId }) => accountId)
  const keys = await countKeysOf(db, ids, now())
  const last = rows.at(-1)
  return {
    accounts: rows.map((account) => toWire(account, keys.get(account.accountId))),
    total,
    total_is_capped: isCapped || undefined,
    next_cursor: hasMore && last ? writeCursor({ createdAt: last.createdAt, id: last.accountId }) : undefined,
  }
}

/** All details of one account, `undefined` if there is none. */
export async function describeAccount(
  { database, now }: ActionContext,
  accountId: string,
): Promise<WireAccount | undefined> {
  const account = await findAccount(database.kysely, accountId)
  if (!account) return undefined
  const keys = await countKeysOf(database.reader, [accountId], now())
  return toWire(account, keys.get(accountId))
}

function toWire(account: Account, keys: KeysOfAccount = { live: 0 }): WireAccount {
  const { externalId, suspendedAt, metadata, isOperator = false } = account
  return {
    account_id: account.accountId,
    name: account.name,
    usage_tier: account.tier,
    state: suspendedAt === undefined ? 'active' : 'suspended',
    operator: isOperator,
    created_at: account.createdAt,
    api_keys: keys.live,
    external_id: externalId,
    suspended_at: suspendedAt,
    metadata,
    last_used_at: keys.lastUsedAt,
  }
}

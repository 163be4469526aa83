import type { Kysely, Selectable, Transaction } from 'kysely'
import { changesNothing, type FieldChange } from './field-change.ts'
import { appendKeyChange } from './key-changes.ts'
import { accountLocks, takeLocks } from './locks.ts'
import { type Metadata, readMetadata } from './metadata.ts'
import type { AccountsTable, Schema } from './schema.ts'

/** A customer of the provider. */
export interface Account {
  /** UUID v4. */
  readonly accountId: string
  readonly name: string
  /** The provider's own id of this customer. */
  readonly externalId?: string
  /** Name of the usage tier, from the configuration. */
  readonly tier: string
  /** Unix milliseconds since when no key of the account works. */
  readonly suspendedAt?: number
  /** Its keys may hold the scope `admin`; absent = it is a customer. */
  readonly isOperator?: boolean
  /** The provider's notes; absent = none. */
  readonly metadata?: Metadata
  /** Unix milliseconds. */
  readonly createdAt: number
}

/** Adds an account, unless another one has its `externalId`. */
export async function insertAccount(
  trx: Transaction<Schema>,
  account: Account,
): Promise<'inserted' | 'duplicate_external_id'> {
  const inserted = await trx
    .insertInto('accounts')
    .values({
      id: account.accountId,
      name: account.name,
      external_id: account.externalId ?? null,
      tier: account.tier,
      suspended_at: account.suspendedAt ?? null,
      is_operator: account.isOperator ? 1 : 0,
      metadata: account.metadata ? JSON.stringify(account.metadata) : null,
      created_at: account.createdAt,
    })
    .onConflict((conflict) => conflict.column('external_id').doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted ? 'inserted' : 'duplicate_external_id'
}

/** Finds one account by its id. */
export async function findAccount(db: Kysely<Schema>, accountId: string): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('id', '=', accountId).executeTakeFirst()
  return row && toAccount(row)
}

/** Finds one account by the provider's own id. */
export async function findAccountByExternalId(db: Kysely<Schema>, externalId: string): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('external_id', '=', externalId).executeTakeFirst()
  return row && toAccount(row)
}

/** Finds the accounts with exactly this name, oldest first; names need not be unique. */
export async function findAccountsByName(db: Kysely<Schema>, name: string): Promise<Account[]> {
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where('name', '=', name)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(toAccount)
}

/** Finds the accounts whose keys may hold the scope `admin`, oldest first. */
export async function findOperators(db: Kysely<Schema>): Promise<Account[]> {
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where('is_operator', '=', 1)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(toAccount)
}

/**
 * Locks the account (see `takeLocks`), and reads it. What is read or counted after that still holds when the transaction
 * commits.
 */
export async function lockAccount(trx: Transaction<Schema>, accountId: string): Promise<Account | undefined> {
  await lockAccounts(trx, [accountId])
  return findAccount(trx, accountId)
}

/**
 * Locks the accounts that an action changes. The account of the actor, whose key must keep its powers meanwhile, is
 * locked against changes only.
 */
export async function lockAccounts(
  trx: Transaction<Schema>,
  changed: readonly string[],
  actorAccountId?: string,
): Promise<void> {
  await takeLocks(trx, accountLocks(changed, actorAccountId))
}

/** The fields of an account that can change; `null` removes one. */
export interface AccountChanges {
  readonly name?: string
  readonly externalId?: FieldChange<string>
  readonly tier?: string
  readonly metadata?: FieldChange<Metadata>
}

/**
 * Changes an account, and writes the change for processes that cache its keys. Its external id must be free and locked.
 *
 * @param now Unix milliseconds.
 */
export async function updateAccount(
  trx: Transaction<Schema>,
  accountId: string,
  changes: AccountChanges,
  now: number,
): Promise<void> {
  if (changesNothing(changes)) return
  const { name, externalId, tier, metadata } = changes
  await trx
    .updateTable('accounts')
    .set({
      name,
      external_id: externalId,
      tier,
      metadata: metadata && JSON.stringify(metadata),
    })
    .where('id', '=', accountId)
    .execute()
  appendKeyChange(trx, { accountId, changedAt: now })
}

/**
 * Suspends an account (all its keys stop working) or ends the suspension, and writes the change for processes that
 * cache its keys.
 *
 * @param now Unix milliseconds.
 * @returns false if nothing changed: no such account, or it is in that state already. A suspension keeps its first
 *   time.
 */
export async function setAccountSuspended(
  trx: Transaction<Schema>,
  accountId: string,
  suspended: boolean,
  now: number,
): Promise<boolean> {
  const updated = await trx
    .updateTable('accounts')
    .set({ suspended_at: suspended ? now : null })
    .where('id', '=', accountId)
    .where('suspended_at', suspended ? 'is' : 'is not', null)
    .returning('id')
    .executeTakeFirst()
  if (!updated) return false
  appendKeyChange(trx, { accountId, changedAt: now })
  return true
}

/** The account of a row. */
export function toAccount(row: Selectable<AccountsTable>): Account {
  return {
    accountId: row.id,
    name: row.name,
    externalId: row.external_id ?? undefined,
    tier: row.tier,
    suspendedAt: row.suspended_at ?? undefined,
    isOperator: row.is_operator === 1 || undefined,
    metadata: row.metadata === null ? undefined : readMetadata(row.metadata),
    createdAt: row.created_at,
  }
}

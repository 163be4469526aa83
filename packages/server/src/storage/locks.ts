import { createHash } from 'node:crypto'
import { PostgresAdapter, sql, type Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/** What a transaction locks, by its name, until its end. */
export interface Lock {
  readonly kind: keyof typeof CLASSES
  readonly name: string
  /** Whether transactions that also only share it may run beside this one. */
  readonly isShared?: boolean
}

/**
 * Makes other transactions wait that name one of the same things, until this one ends. What is read **after** it stays
 * true until then. All locks of a call are taken in one statement and always in the same order, so that two calls never
 * wait for each other. In SQLite every transaction is alone anyway.
 *
 * The locks are PostgreSQL's advisory locks of transactions: they are queued fairly (a flood of shared ones cannot keep
 * an exclusive one waiting, as it can on a row), work behind PgBouncer, and write nothing.
 */
export async function takeLocks(trx: Transaction<Schema>, locks: readonly Lock[]): Promise<void> {
  if (!(trx.getExecutor().adapter instanceof PostgresAdapter)) return
  const taken = inOrder(locks).map(({ lockClass, slot, isShared }) => {
    const lock = sql.raw(isShared ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock')
    return sql`${lock}(${sql.lit(lockClass)}, ${sql.lit(slot)})`
  })
  if (taken.length > 0) await sql`select ${sql.join(taken)}`.execute(trx)
}

/** The locks of the accounts that an action changes, and of the account whose key asks for it. */
export function accountLocks(changed: readonly string[], actorAccountId?: string): Lock[] {
  const exclusive: Lock[] = changed.map((name) => ({ kind: 'account', name }))
  if (actorAccountId === undefined || changed.includes(actorAccountId)) return exclusive
  // Shared: an operator's actions on different customers do not wait for each other, but a change of the operator does.
  return [...exclusive, { kind: 'account', name: actorAccountId, isShared: true }]
}

/** The first number of each lock; any that no other program on the same PostgreSQL database is likely to lock. */
const CLASSES = { idempotency: 720_364_111, fingerprint: 720_364_112, external_id: 720_364_113, account: 720_364_114 }

/** How many different locks there are of a kind. PostgreSQL has room for some thousand at once in all. */
const SLOTS = 1024

function inOrder(locks: readonly Lock[]) {
  const bySlot = new Map<string, { lockClass: number; slot: number; isShared: boolean }>()
  for (const { kind, name, isShared = false } of locks) {
    const lockClass = CLASSES[kind]
    const slot = createHash('sha256').update(name).digest().readUInt32BE() % SLOTS
    const known = bySlot.get(`${lockClass} ${slot}`)
    bySlot.set(`${lockClass} ${slot}`, { lockClass, slot, isShared: isShared && (known?.isShared ?? true) })
  }
  return [...bySlot.values()].sort((a, b) => a.lockClass - b.lockClass || a.slot - b.slot)
}

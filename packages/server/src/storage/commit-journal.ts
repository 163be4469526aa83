import type { Insertable, Transaction } from 'kysely'
import type { AuditEventsTable, Schema } from './schema.ts'

/**
 * What a transaction adds to the feed of key changes and to the audit log. Both have one order for all transactions of
 * all processes. So they are collected while the transaction works, and written with its commit: no transaction keeps
 * others waiting while it works.
 */
export interface CommitJournal {
  readonly changes: KeyChangeEntry[]
  readonly events: UnplacedEvent[]
  readonly charges: AuditCharge[]
}

/** A key change without its place. */
export interface KeyChangeEntry {
  readonly accountId: string
  /** The key that changed; absent = every key of the account. */
  readonly apiKeyId?: string
  /** Unix milliseconds. */
  readonly changedAt: number
}

/** The row of an audit event without its place. */
export type UnplacedEvent = Omit<Required<Insertable<AuditEventsTable>>, 'seq' | 'previous_hash' | 'hash'>

/** What an account adds to the audit log in an hour. */
export interface AuditCharge {
  readonly accountId: string
  /** Hours since 1970. */
  readonly hour: number
  readonly bytes: number
}

const journals = new WeakMap<Transaction<Schema>, CommitJournal>()

/** Begins the journal of a transaction. */
export function openJournal(trx: Transaction<Schema>): CommitJournal {
  const journal: CommitJournal = { changes: [], events: [], charges: [] }
  journals.set(trx, journal)
  return journal
}

/**
 * The journal of a transaction.
 *
 * @throws {Error} outside `inTransaction`: nothing would write it
 */
export function journalOf(trx: Transaction<Schema>): CommitJournal {
  const journal = journals.get(trx)
  if (!journal) throw new Error('this transaction was not begun by inTransaction')
  return journal
}

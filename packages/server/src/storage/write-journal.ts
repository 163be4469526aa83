import { auditHashParts, hashEvent } from '@countersign/protocol'
import { type DatabaseConnection, PostgresAdapter, type Transaction } from 'kysely'
import { toChainedEvent } from './audit-events.ts'
import { chargeAudit } from './audit-quota.ts'
import type { AuditCharge, CommitJournal, KeyChangeEntry, UnplacedEvent } from './commit-journal.ts'
import type { Schema } from './schema.ts'
import { assertStorable } from './storable.ts'

/**
 * Writes the journal of a transaction as its last step. In SQLite the transaction is alone, and writes it here. In
 * PostgreSQL the driver sends it in one message with the commit (see `takeCommitStatement`), so that no network and no
 * busy event loop keeps all other transactions waiting in between.
 */
export async function writeJournal(trx: Transaction<Schema>, journal: CommitJournal): Promise<void> {
  const { changes, events, charges } = journal
  if (changes.length + events.length + charges.length === 0) return
  if (trx.getExecutor().adapter instanceof PostgresAdapter) {
    const statement = toStatement(journal)
    await trx.getExecutor().provideConnection(async (connection) => void commitStatements.set(connection, statement))
    return
  }
  for (const charge of sumCharges(charges)) await chargeAudit(trx, charge)
  if (changes.length > 0) await addChanges(trx, changes)
  if (events.length > 0) await addEvents(trx, events)
}

const commitStatements = new WeakMap<DatabaseConnection, string>()

/** The statement to send before the commit on this connection, once. It is constant text, without parameters. */
export function takeCommitStatement(connection: DatabaseConnection): string | undefined {
  const statement = commitStatements.get(connection)
  commitStatements.delete(connection)
  return statement
}

/** A call of `write_journal` (migration 009). Its argument is hexadecimal, so that nothing in it can end the literal. */
function toStatement({ changes, events, charges }: CommitJournal): string {
  const journal = {
    charges: charges.map(({ accountId, hour, bytes }) => ({ account_id: accountId, hour, bytes })),
    changes: changes.map(toChangeRow),
    events: events.map((event) => ({ ...event, hashed: auditHashParts(fieldsOf(event)) })),
  }
  for (const row of [...journal.charges, ...journal.changes, ...events]) assertStorable(Object.values(row))
  const hex = Buffer.from(JSON.stringify(journal)).toString('hex')
  return `select write_journal(convert_from(decode('${hex}', 'hex'), 'UTF8')::jsonb)`
}

function fieldsOf(event: UnplacedEvent) {
  const { seq: _seq, previous_hash: _previous, hash: _hash, ...fields } = toChainedEvent({ ...event, ...NOWHERE })
  return fields
}

const NOWHERE = { seq: 0, previous_hash: '', hash: '' }

function toChangeRow({ accountId, apiKeyId, changedAt }: KeyChangeEntry) {
  return { account_id: accountId, api_key_id: apiKeyId ?? null, changed_at: changedAt }
}

async function addChanges(trx: Transaction<Schema>, changes: readonly KeyChangeEntry[]): Promise<void> {
  const { value } = await trx
    .updateTable('counters')
    .set((set) => ({ value: set('value', '+', changes.length) }))
    .where('name', '=', 'key_changes')
    .returning('value')
    .executeTakeFirstOrThrow()
  const first = value - changes.length + 1
  const rows = changes.map((change, i) => ({ seq: first + i, ...toChangeRow(change) }))
  for (const some of portionsOf(rows)) await trx.insertInto('key_changes').values(some).execute()
}

async function addEvents(trx: Transaction<Schema>, events: readonly UnplacedEvent[]): Promise<void> {
  let { seq, hash } = await trx.selectFrom('audit_chain').select(['seq', 'hash']).executeTakeFirstOrThrow()
  const rows = []
  for (const event of events) {
    seq++
    const previous_hash = hash
    hash = await hashEvent({ ...fieldsOf(event), seq, previous_hash })
    rows.push({ ...event, seq, previous_hash, hash })
  }
  for (const some of portionsOf(rows)) await trx.insertInto('audit_events').values(some).execute()
  await trx.updateTable('audit_chain').set({ seq, hash }).execute()
}

/** One charge for each account and hour. */
function sumCharges(charges: readonly AuditCharge[]): AuditCharge[] {
  const sums = new Map<string, AuditCharge>()
  for (const charge of charges) {
    const name = `${charge.accountId} ${charge.hour}`
    sums.set(name, { ...charge, bytes: charge.bytes + (sums.get(name)?.bytes ?? 0) })
  }
  return [...sums.values()]
}

/** Rows of one statement: few, because each number of rows is a statement of its own. */
const ROWS_A_STATEMENT = 50

function* portionsOf<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) yield rows.slice(i, i + ROWS_A_STATEMENT)
}

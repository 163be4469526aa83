import { type Kysely, sql } from 'kysely'
import type { AuditCharge } from './commit-journal.ts'
import type { Schema } from './schema.ts'

const HOUR_MS = 3_600_000

/** What an account has added to the audit log in this hour. */
export interface AuditUse {
  readonly bytes: number
  /** Unix milliseconds of its end. */
  readonly hourEndsAt: number
}

/**
 * What an event of an account adds to its share of the audit log.
 *
 * @param nowMs Unix milliseconds.
 */
export function auditChargeOf(accountId: string, bytes: number, nowMs: number): AuditCharge {
  return { accountId, hour: hourOf(nowMs), bytes }
}

/** Counts a charge. In PostgreSQL `write_journal` of migration 009 does the same. */
export async function chargeAudit(db: Kysely<Schema>, { accountId, hour, bytes }: AuditCharge): Promise<void> {
  await db
    .updateTable('accounts')
    .set({
      audit_hour: hour,
      audit_bytes: sql<number>`case when audit_hour = ${hour} then audit_bytes else 0 end + ${bytes}`,
    })
    .where('id', '=', accountId)
    .execute()
}

/**
 * Reads what an account has put into the audit log in this hour.
 *
 * @param nowMs Unix milliseconds.
 */
export async function readAuditUse(db: Kysely<Schema>, accountId: string, nowMs: number): Promise<AuditUse> {
  const hour = hourOf(nowMs)
  const row = await db
    .selectFrom('accounts')
    .select('audit_bytes')
    .where('id', '=', accountId)
    .where('audit_hour', '=', hour)
    .executeTakeFirst()
  return { bytes: row?.audit_bytes ?? 0, hourEndsAt: (hour + 1) * HOUR_MS }
}

/** Hours since 1970: numbers that SQLite and PostgreSQL store in four bytes. */
function hourOf(nowMs: number): number {
  return Math.floor(nowMs / HOUR_MS)
}

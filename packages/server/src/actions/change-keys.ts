import type { Denied } from '@countersign/gate'
import type { Transaction } from 'kysely'
import type { ApiKey } from '../storage/api-key.ts'
import { type AuditActor, type AuditEntry, appendAuditEvent } from '../storage/audit-events.ts'
import { keyChangesOf } from '../storage/key-changes.ts'
import type { Schema } from '../storage/schema.ts'
import { inTransaction } from '../storage/transaction.ts'
import { findUnusedBuckets } from '../storage/unused-buckets.ts'
import type { ActionContext } from './context.ts'

/** What a change needs of its context. */
export type ChangeContext = Pick<ActionContext, 'database' | 'keyChanged' | 'bucketEnded' | 'now'>

/** For a process that keeps neither keys nor buckets in memory: a command on the database. */
export const NO_CACHES: Pick<ActionContext, 'keyChanged' | 'bucketEnded'> = {
  keyChanged: () => undefined,
  bucketEnded: () => undefined,
}

/** One event for the audit log. `changeKeys` adds the actor. */
export type ChangeEvent = Omit<AuditEntry, 'actor'>

/** What the work of a change did. */
export interface Change<Result> {
  readonly result: Result
  /** What the audit log gets, in this order. Required where a key or an account changed. */
  readonly events: readonly ChangeEvent[]
  /** Keys that have ended. Their own buckets are freed, unless another key still spends from them. */
  readonly ended?: readonly EndedKey[]
}

/** What is needed of a key that has ended. */
export type EndedKey = Pick<ApiKey, 'accountId' | 'apiKeyId' | 'bucket' | 'bucketOwnerId'>
type Work<Outcome> = (trx: Transaction<Schema>, nowMs: number) => Promise<Outcome>

/**
 * Runs every change of accounts, keys, sessions and links. In one transaction: the work, its audit events after all its changes.
 * After the commit: the caches of this process drop each key and account that the transaction changed, and unused buckets are freed.
 *
 * @param work refuses before it changes anything, or changes and returns its events. It may run again: see `inTransaction`.
 * @returns what the work refused, or its result
 * @throws {Error} when keys changed and the work returned no event, or refused; everything is rolled back then.
 */
export function changeKeys<Result>(
  context: ChangeContext,
  actor: AuditActor,
  work: Work<Change<Result>>,
): Promise<Result>
export function changeKeys<Result>(
  context: ChangeContext,
  actor: AuditActor,
  work: Work<Denied | Change<Result>>,
): Promise<Denied | Result>
export async function changeKeys<Result>(
  { database, keyChanged, bucketEnded, now }: ChangeContext,
  actor: AuditActor,
  work: Work<Denied | Change<Result>>,
): Promise<Denied | Result> {
  const nowMs = now()
  const done = await inTransaction(database, async (trx) => {
    const outcome = await work(trx, nowMs)
    const changed = keyChangesOf(trx)
    const events = 'denied' in outcome ? [] : outcome.events
    if (changed.length > 0 && events.length === 0) throw new Error('keys changed without an audit event')
    if ('denied' in outcome) return outcome
    const buckets = await findUnusedBuckets(trx, outcome.ended ?? [])
    for (const event of events) appendAuditEvent(trx, { ...event, actor }, nowMs)
    return { result: outcome.result, changed, buckets }
  })
  if ('denied' in done) return done
  for (const { accountId, apiKeyId: keyId } of done.changed) keyChanged({ accountId, keyId })
  for (const bucket of done.buckets) bucketEnded(bucket)
  return done.result
}

import type { Kysely, Selectable, Transaction } from 'kysely'
import type { RotationsTable, Schema } from './schema.ts'

/** The replacement of one key by another. */
export interface Rotation {
  /** UUID v4. */
  readonly rotationId: string
  readonly accountId: string
  readonly oldKeyId: string
  readonly newKeyId: string
  /** Unix milliseconds. */
  readonly startedAt: number
  /** Unix milliseconds; from then on the old key is refused. */
  readonly deadline: number
  /** The old key's own `expiresAt`; absent = it had none. */
  readonly oldExpiresAt?: number
  /** Unix milliseconds; absent = nobody ended it: it is open until its deadline and finished after it. */
  readonly endedAt?: number
  readonly outcome?: 'finished' | 'aborted'
}

/** Adds a new rotation. */
export async function insertRotation(trx: Transaction<Schema>, rotation: Rotation): Promise<void> {
  await trx
    .insertInto('rotations')
    .values({
      id: rotation.rotationId,
      account_id: rotation.accountId,
      old_key_id: rotation.oldKeyId,
      new_key_id: rotation.newKeyId,
      started_at: rotation.startedAt,
      deadline: rotation.deadline,
      old_expires_at: rotation.oldExpiresAt ?? null,
      ended_at: rotation.endedAt ?? null,
      outcome: rotation.outcome ?? null,
    })
    .execute()
}

/** Whether a rotation is open: nobody ended it, and its deadline has not passed. */
export function isOpen({ endedAt, deadline }: Rotation, now: number): boolean {
  return endedAt === undefined && now < deadline
}

/** The open rotations of these keys, as the old or the new key. */
export async function findOpenRotations(
  db: Kysely<Schema>,
  keyIds: readonly string[],
  now: number,
): Promise<Rotation[]> {
  const found = new Map<string, Rotation>()
  for (let i = 0; i < keyIds.length; i += IDS_A_STATEMENT) {
    const some = keyIds.slice(i, i + IDS_A_STATEMENT)
    const rows = await db
      .selectFrom('rotations')
      .selectAll()
      .where((where) => where.or([where('old_key_id', 'in', some), where('new_key_id', 'in', some)]))
      .where('ended_at', 'is', null)
      .where('deadline', '>', now)
      .execute()
    for (const row of rows) found.set(row.id, toRotation(row))
  }
  return [...found.values()]
}

/** Ids in one statement. */
const IDS_A_STATEMENT = 1_000

/** The last rotation of this key. */
export async function findLatestRotation(db: Kysely<Schema>, keyId: string): Promise<Rotation | undefined> {
  const row = await db
    .selectFrom('rotations')
    .selectAll()
    .where((where) => where.or([where('old_key_id', '=', keyId), where('new_key_id', '=', keyId)]))
    .orderBy('started_at', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row && toRotation(row)
}

/** Ends a rotation. */
export async function endRotation(
  trx: Transaction<Schema>,
  rotationId: string,
  outcome: 'finished' | 'aborted',
  now: number,
): Promise<void> {
  await trx.updateTable('rotations').set({ ended_at: now, outcome }).where('id', '=', rotationId).execute()
}

function toRotation(row: Selectable<RotationsTable>): Rotation {
  return {
    rotationId: row.id,
    accountId: row.account_id,
    oldKeyId: row.old_key_id,
    newKeyId: row.new_key_id,
    startedAt: row.started_at,
    deadline: row.deadline,
    oldExpiresAt: row.old_expires_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    outcome: row.outcome ?? undefined,
  }
}

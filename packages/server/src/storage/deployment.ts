import type { Kysely, Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/** This installation of Countersign, on any number of machines. */
export interface Deployment {
  /** UUID v4, made with the database; part of every signed statement. */
  readonly deploymentId: string
  /** Unix milliseconds. */
  readonly createdAt: number
  /** The secret of the sessions' nonces, 32 bytes. */
  readonly nonceSecret: Uint8Array
}

/** Reads the deployment's row; the database must have been migrated. */
export async function readDeployment(db: Kysely<Schema>): Promise<Deployment> {
  const row = await db.selectFrom('deployment').selectAll().executeTakeFirstOrThrow()
  return { deploymentId: row.id, createdAt: row.created_at, nonceSecret: Buffer.from(row.nonce_secret, 'base64url') }
}

/** Fingerprint of the deployment's one signing key; `undefined` if no node has one yet. */
export async function readKeyFingerprint(db: Kysely<Schema>): Promise<string | undefined> {
  const row = await db.selectFrom('deployment').select('key_fingerprint').executeTakeFirstOrThrow()
  return row.key_fingerprint ?? undefined
}

/** The same, and no other node can set it until the transaction ends. */
export async function lockKeyFingerprint(trx: Transaction<Schema>): Promise<string | undefined> {
  await trx
    .updateTable('deployment')
    .set(({ ref }) => ({ id: ref('id') }))
    .execute()
  return readKeyFingerprint(trx)
}

/** Makes a signing key the deployment's. */
export async function setKeyFingerprint(trx: Transaction<Schema>, fingerprint: string): Promise<void> {
  await trx.updateTable('deployment').set({ key_fingerprint: fingerprint }).execute()
}

import type { Kysely } from 'kysely'
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

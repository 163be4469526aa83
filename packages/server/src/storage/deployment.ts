import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** This installation of Countersign, whatever the number of its machines. */
export interface Deployment {
  /** UUID v4, made with the database; part of every signed statement. */
  readonly deploymentId: string
  /** Unix milliseconds. */
  readonly createdAt: number
}

/** Reads the deployment's row; the database must have been migrated. */
export async function readDeployment(db: Kysely<Schema>): Promise<Deployment> {
  const row = await db.selectFrom('deployment').selectAll().executeTakeFirstOrThrow()
  return { deploymentId: row.id, createdAt: row.created_at }
}

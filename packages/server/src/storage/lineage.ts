import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** Ids in one statement. */
const IDS_A_STATEMENT = 1_000

/** A key that was made by another. */
export interface MadeKey {
  readonly id: string
  readonly isDeleted: boolean
}

/**
 * The ids of the keys that this key made, that those made, and so on, in all accounts. The search passes through
 * deleted keys, but does not return them.
 */
export async function findMadeKeys(db: Kysely<Schema>, apiKeyId: string): Promise<string[]> {
  const made = await followLineage(db, apiKeyId)
  return made.filter(({ isDeleted }) => !isDeleted).map(({ id }) => id)
}

/** The same, with deleted keys. */
export async function followLineage(db: Kysely<Schema>, apiKeyId: string): Promise<MadeKey[]> {
  const seen = new Set([apiKeyId])
  const made: MadeKey[] = []
  let makers = [apiKeyId]
  while (makers.length > 0) {
    const next = await findMadeBy(db, makers)
    const fresh = next.filter(({ id }) => !seen.has(id))
    for (const key of fresh) {
      seen.add(key.id)
      made.push(key)
    }
    makers = [...new Set(fresh.map(({ id }) => id))]
  }
  return made
}

async function findMadeBy(db: Kysely<Schema>, makers: readonly string[]) {
  const found: MadeKey[] = []
  for (let i = 0; i < makers.length; i += IDS_A_STATEMENT) {
    const some = makers.slice(i, i + IDS_A_STATEMENT)
    for (const table of ['api_keys', 'deleted_api_keys'] as const) {
      for (const column of ['parent_key_id', 'operator_key_id'] as const) {
        const rows = await db.selectFrom(table).select('id').where(column, 'in', some).execute()
        found.push(...rows.map(({ id }) => ({ id, isDeleted: table === 'deleted_api_keys' })))
      }
    }
  }
  return found
}

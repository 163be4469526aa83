import type { UsageOfAccount, UsageOfKey } from '@countersign/api'
import type { Kysely } from 'kysely'
import { findAccountNames, findKeyNames } from '../storage/names.ts'
import type { Schema } from '../storage/schema.ts'
import type { UsageTotal } from '../storage/usage.ts'

/** The most rows of a list of the busiest. */
export const TOP = 10

/** Totals of keys, with the names of keys that still exist. */
export async function nameKeys(db: Kysely<Schema>, totals: readonly UsageTotal[]): Promise<UsageOfKey[]> {
  const names = await findKeyNames(
    db,
    totals.map(({ id }) => id),
  )
  return totals.map(({ id, ...counts }) => {
    const found = names.get(id)
    return {
      api_key_id: id,
      name: found?.name,
      account_id: found?.accountId,
      is_browser: found?.isBrowser || undefined,
      ...counts,
    }
  })
}

/** Totals of accounts with their names. */
export async function nameAccounts(db: Kysely<Schema>, totals: readonly UsageTotal[]): Promise<UsageOfAccount[]> {
  const names = await findAccountNames(
    db,
    totals.map(({ id }) => id),
  )
  return totals.map(({ id, ...counts }) => {
    const name = names.get(id)
    return { account_id: id, name, ...counts }
  })
}

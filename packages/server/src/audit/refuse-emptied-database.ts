import { stat } from 'node:fs/promises'
import type { Settings } from '../config/settings.ts'
import { parseDatabaseUrl } from '../storage/database-url.ts'
import { deploymentFiles } from './deployment-files.ts'

/** The database file is empty, and files beside it show that a deployment ran here; `fix` says what to do. */
export class EmptiedDatabaseError extends Error {
  override readonly name = 'EmptiedDatabaseError'
  readonly fix =
    'put a backup of the database in its place; for a new deployment, move the empty file and the heads away'
}

/**
 * Refuses a SQLite file of 0 bytes beside a deployment key and heads. A deployment ran here, and a first start would
 * silently make a new one. A missing file is a first start.
 *
 * @throws EmptiedDatabaseError
 */
export async function refuseEmptiedDatabase(settings: Settings): Promise<void> {
  const address = parseDatabaseUrl(settings.databaseUrl)
  if (address.dialect !== 'sqlite' || (await sizeOf(address.path)) !== 0) return
  const { keyFile, headFile } = deploymentFiles(settings)
  if (!(await sizeOf(keyFile)) || !(await sizeOf(headFile))) return
  throw new EmptiedDatabaseError(`${address.path} is empty, and ${headFile} has signed heads of its audit log`)
}

async function sizeOf(path: string | undefined): Promise<number | undefined> {
  const found = path === undefined ? undefined : await stat(path).catch(() => undefined)
  return found?.isFile() ? found.size : undefined
}

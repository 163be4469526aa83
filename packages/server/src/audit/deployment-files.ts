import { basename, dirname, extname, join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { type DatabaseAddress, parseDatabaseUrl } from '../storage/database-url.ts'

/** Files of a deployment outside its database; absent = there are none. */
export interface DeploymentFiles {
  /** The private key that signs for the deployment. */
  readonly keyFile?: string
  /** The file of the signed heads of the audit log, one on each line. */
  readonly headFile?: string
}

/**
 * The files of the deployment, as absolute paths. By default the key is beside the SQLite file, and heads are beside
 * the key. Each database has its own heads, by its name; several in one folder share the key.
 */
export function deploymentFiles({ databaseUrl, deploymentKeyFile, audit }: Settings): DeploymentFiles {
  const address = parseDatabaseUrl(databaseUrl)
  const folder = address.dialect === 'sqlite' && address.path !== ':memory:' ? dirname(address.path) : undefined
  const keyFile = deploymentKeyFile ?? (folder && join(folder, 'deployment-key.pem'))
  const headFile =
    audit.headFile === undefined ? keyFile && join(dirname(keyFile), headFileName(address)) : audit.headFile
  return { keyFile: keyFile && resolve(keyFile), headFile: headFile ? resolve(headFile) : undefined }
}

/** `audit-heads.jsonl` for a database of the default name, `NAME.audit-heads.jsonl` for any other. */
function headFileName(address: DatabaseAddress): string {
  const path = address.dialect === 'sqlite' ? address.path : new URL(address.url).pathname
  const name = basename(path, extname(path)).replace(/[^A-Za-z0-9._-]/g, '_')
  return name === 'countersign' || name === '' ? 'audit-heads.jsonl' : `${name}.audit-heads.jsonl`
}

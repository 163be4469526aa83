import type { Logger } from 'pino'
import type { Settings } from '../config/settings.ts'
import type { Database } from '../storage/database.ts'
import { deploymentFiles } from './deployment-files.ts'
import { type DeploymentKeyState, openOwnDeploymentKey } from './own-deployment-key.ts'
import { type AuditWatch, watchAuditLog } from './watch-audit-log.ts'

/** Options from the running server. */
export interface AuditWatchStart {
  readonly settings: Settings
  readonly database: Pick<Database, 'kysely' | 'reader' | 'dialect'>
  readonly deploymentId: string
  readonly log: Logger
  readonly now: () => number
}

/** The watch of a node, and what the node has of the deployment key. */
export interface StartedAuditWatch extends AuditWatch {
  readonly keyState: DeploymentKeyState
}

/**
 * Starts the watch over the audit log with the files of the deployment.
 *
 * @throws DeploymentKeyError if the key's file exists and holds no key
 */
export async function startAuditWatch({ settings, ...given }: AuditWatchStart): Promise<StartedAuditWatch> {
  const { keyFile, headFile } = deploymentFiles(settings)
  const { state, key } = await openOwnDeploymentKey(keyFile, given.database, given.log)
  return { ...watchAuditLog({ ...given, key, headFile, everyMs: settings.audit.headEveryMs }), keyState: state }
}

import { fingerprintOf } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { Settings } from '../config.ts'
import type { Database } from '../storage/database.ts'
import { deploymentFiles } from './deployment-files.ts'
import { type DeploymentKey, openDeploymentKey } from './deployment-key.ts'
import { type AuditWatch, watchAuditLog } from './watch-audit-log.ts'

/** What a running server hands in. */
export interface AuditWatchStart {
  readonly settings: Settings
  readonly database: Pick<Database, 'kysely'>
  readonly deploymentId: string
  readonly log: Logger
  readonly now: () => number
}

/**
 * Starts the watch over the audit log with the files of the deployment.
 *
 * @throws Error where the key's file is there and cannot be used
 */
export async function startAuditWatch({ settings, ...given }: AuditWatchStart): Promise<AuditWatch> {
  const { keyFile, headFile } = deploymentFiles(settings)
  const key = keyFile === undefined ? undefined : await openDeploymentKey(keyFile)
  await tellOfKey(key, keyFile, given.log)
  return watchAuditLog({ ...given, key, headFile, everyMs: settings.audit.headEveryMs })
}

async function tellOfKey(key: DeploymentKey | undefined, file: string | undefined, log: Logger): Promise<void> {
  if (!key) {
    log.warn('no deployment key: audit heads are not signed; name its file with COUNTERSIGN_DEPLOYMENT_KEY_FILE')
    return
  }
  const fingerprint = await fingerprintOf(key.publicKey)
  log.info({ file, fingerprint }, key.isNew ? 'the deployment key was made' : 'the deployment key was read')
  if (key.isReadableByOthers) log.warn({ file }, 'the deployment key can be read by other users: chmod 600')
}

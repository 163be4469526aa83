import { fingerprintOf } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { Settings } from '../config/settings.ts'
import type { Database } from '../storage/database.ts'
import { deploymentFiles } from './deployment-files.ts'
import { type DeploymentKey, DeploymentKeyError, openDeploymentKey } from './deployment-key.ts'
import { type AuditWatch, watchAuditLog } from './watch-audit-log.ts'

/** Options from the running server. */
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
 * @throws DeploymentKeyError if the key's file exists and holds no key
 */
export async function startAuditWatch({ settings, ...given }: AuditWatchStart): Promise<AuditWatch> {
  const { keyFile, headFile } = deploymentFiles(settings)
  const key = keyFile === undefined ? undefined : await openKey(keyFile, given.log)
  if (key) await logDeploymentKey(key, keyFile, given.log)
  else
    given.log.warn('no deployment key: audit heads are not signed; name its file with COUNTERSIGN_DEPLOYMENT_KEY_FILE')
  return watchAuditLog({ ...given, key, headFile, everyMs: settings.audit.headEveryMs })
}

/**
 * If the file can be neither read nor made, the server works without heads, and every place that shows heads says so.
 */
async function openKey(file: string, log: Logger): Promise<DeploymentKey | undefined> {
  try {
    return await openDeploymentKey(file)
  } catch (fault) {
    if (fault instanceof DeploymentKeyError) throw fault
    log.error({ err: fault, file }, 'the deployment key can be neither read nor made')
    return undefined
  }
}

async function logDeploymentKey(
  { publicKey, isNew, isReadableByOthers }: DeploymentKey,
  file: string | undefined,
  log: Logger,
): Promise<void> {
  const fingerprint = await fingerprintOf(publicKey)
  log.info({ file, fingerprint }, isNew ? 'the deployment key was made' : 'the deployment key was read')
  if (isReadableByOthers) log.warn({ file }, 'the deployment key can be read by other users: chmod 600')
}

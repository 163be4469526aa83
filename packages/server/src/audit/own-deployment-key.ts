import { fingerprintOf } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { Database } from '../storage/database.ts'
import { lockKeyFingerprint, readKeyFingerprint, setKeyFingerprint } from '../storage/deployment.ts'
import { inTransaction } from '../storage/transaction.ts'
import { type DeploymentKey, DeploymentKeyError, isMissing, openDeploymentKey } from './deployment-key.ts'

/**
 * What a node has of the deployment key. It signs only if this is `own`.
 *
 * - `own`: the key whose fingerprint is in the database
 * - `foreign`: another key
 * - `missing`: no file, and the deployment has a key on another node
 * - `unreadable`: a file that can be neither read nor made
 * - `unnamed`: no file is configured
 */
export type DeploymentKeyState = 'own' | 'foreign' | 'missing' | 'unreadable' | 'unnamed'

/** The states, for metrics. */
export const DEPLOYMENT_KEY_STATES = ['own', 'foreign', 'missing', 'unreadable', 'unnamed'] as const

/** The deployment key of this node, if it has it. */
export type OwnDeploymentKey =
  | { readonly state: 'own'; readonly key: DeploymentKey }
  | { readonly state: Exclude<DeploymentKeyState, 'own'>; readonly key?: undefined }

/**
 * Opens the one key of the deployment. Only the first node of a deployment makes it. Its fingerprint is in the database:
 * a node with another key, or without one, works and does not sign, and says so in the log.
 *
 * @param file `undefined` if no file is configured
 * @throws DeploymentKeyError if the file exists and holds no such key
 */
export async function openOwnDeploymentKey(
  file: string | undefined,
  database: Pick<Database, 'kysely'>,
  log: Logger,
): Promise<OwnDeploymentKey> {
  if (file === undefined) {
    log.warn('no deployment key: audit heads are not signed; name its file with COUNTERSIGN_DEPLOYMENT_KEY_FILE')
    return { state: 'unnamed' }
  }
  const fingerprint = await readKeyFingerprint(database.kysely)
  try {
    return fingerprint === undefined ? await makeFirst(file, database, log) : await openKnown(file, fingerprint, log)
  } catch (fault) {
    if (!isOfFile(fault)) throw fault
    log.error({ err: fault, file }, 'the deployment key can be neither read nor made: this node signs no audit heads')
    return { state: 'unreadable' }
  }
}

/** Makes or reads the key under a lock, so that of several first nodes one makes it. */
async function makeFirst(file: string, database: Pick<Database, 'kysely'>, log: Logger): Promise<OwnDeploymentKey> {
  return inTransaction(database, async (trx) => {
    const known = await lockKeyFingerprint(trx)
    if (known !== undefined) return openKnown(file, known, log)
    const key = await openDeploymentKey(file)
    const fingerprint = await fingerprintOf(key.publicKey)
    await setKeyFingerprint(trx, fingerprint)
    return own(key, file, fingerprint, log)
  })
}

async function openKnown(file: string, fingerprint: string, log: Logger): Promise<OwnDeploymentKey> {
  if (await isMissing(file)) {
    log.error(
      { file, fingerprint },
      'the deployment has a key, and this node has no file of it: it signs no audit heads. ' +
        'Copy the file from the node that made it, and restart this node',
    )
    return { state: 'missing' }
  }
  const key = await openDeploymentKey(file)
  const found = await fingerprintOf(key.publicKey)
  if (found === fingerprint) return own(key, file, fingerprint, log)
  log.error(
    { file, found, fingerprint },
    'this file holds another key than the deployment has: this node signs no audit heads. ' +
      'Replace the file by that of the node that made the key, and restart this node',
  )
  return { state: 'foreign' }
}

function own(key: DeploymentKey, file: string, fingerprint: string, log: Logger): OwnDeploymentKey {
  log.info({ file, fingerprint }, key.isNew ? 'the deployment key was made' : 'the deployment key was read')
  if (key.isReadableByOthers) log.warn({ file }, 'the deployment key can be read by other users: chmod 600')
  return { state: 'own', key }
}

/** Whether a fault is one of the file system. A file with other contents stops the start. */
function isOfFile(fault: unknown): boolean {
  return fault instanceof Error && !(fault instanceof DeploymentKeyError) && 'syscall' in fault
}

import { createHmac, randomBytes } from 'node:crypto'
import type { AdmissionClocks } from '@countersign/gate'
import type { AdmissionPlace } from '../admission/server-admission.ts'
import { allocateSharedAdmission } from '../admission/shared-admission.ts'
import { redisConnection } from '../config/redis-connection.ts'
import type { Settings } from '../config/settings.ts'
import { thisProcess } from './this-process.ts'

/**
 * Where this node has its claims and token buckets: in Redis if the settings name one, else in memory of its own.
 *
 * @param deploymentSecret the same on all nodes
 */
export function placeAdmission(
  settings: Settings,
  deploymentSecret: Uint8Array,
  clocks: AdmissionClocks,
): AdmissionPlace {
  const connection = redisConnection(settings)
  if (connection === undefined) {
    const memory = allocateSharedAdmission(settings.admission, randomBytes(16).toString('hex'), clocks)
    return { kind: 'memory', memory }
  }
  const { timeoutMs, onOutage, maxNodes } = settings.redis
  return {
    kind: 'redis',
    redis: {
      connection,
      // The label keeps it apart from the other uses of the deployment's secret.
      secret: createHmac('sha256', deploymentSecret).update('countersign/redis-names/v1').digest('base64url'),
      timeoutMs,
      onOutage,
      maxNodes,
      threadsOfNode: settings.plane === 'control' ? 1 : 1 + settings.workers,
      instance: instanceOf(settings),
      maxClaims: settings.admission.maxClaims,
    },
  }
}

/** The same after a restart of this node; `undefined` if its ports are not. */
function instanceOf({ port, authorizePort }: Settings): string | undefined {
  return port === 0 || authorizePort === 0 ? undefined : `${thisProcess().hostName}:${port}:${authorizePort}`
}

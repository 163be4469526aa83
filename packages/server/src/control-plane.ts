import { bucketOfKey } from '@countersign/gate'
import type { Logger } from 'pino'
import { AggregatorRegistry } from 'prom-client'
import type { ServerAdmission } from './admission/server-admission.ts'
import type { SharedAdmission } from './admission/shared-admission.ts'
import { createApp } from './app.ts'
import type { DeploymentKeyState } from './audit/own-deployment-key.ts'
import { type StartedAuditWatch, startAuditWatch } from './audit/start-audit-watch.ts'
import { NOT_CHECKED } from './audit/watch-audit-log.ts'
import type { DataPlane } from './authorize/data-plane.ts'
import { type Decider, openDecider } from './authorize/open-decider.ts'
import { runCascades } from './cascades/run-cascades.ts'
import type { Settings } from './config/settings.ts'
import { stopHttpServer } from './http/http-server.ts'
import { createKeyPairStock, type KeyPairStock } from './keypairs/key-pair-stock.ts'
import type { ChangeBoard } from './keys/change-board.ts'
import type { JoinedNode } from './nodes/join-nodes.ts'
import type { ClockWatch } from './nodes/watch-clock.ts'
import { measureKeyPairs } from './observe/key-pair-metrics.ts'
import { createLimitsReached } from './observe/limits-reached.ts'
import { createProcessMetrics } from './observe/process-metrics.ts'
import { MAX_CLAIMED, MAX_OF_KEY } from './refusals/limits.ts'
import { mergeRefusals } from './refusals/merge-refusals.ts'
import type { RefusalWriter } from './refusals/refusal-writer.ts'
import type { ServerContext } from './server-context.ts'
import { createServerNonces } from './sessions/server-nonce.ts'
import type { Database } from './storage/database.ts'
import { databaseFault } from './storage/database-fault.ts'
import { readDeployment } from './storage/deployment.ts'
import { readRefusalsSince } from './storage/refusals.ts'
import type { CountedThread } from './threads/thread-table.ts'
import type { UsageWriter } from './usage/usage-writer.ts'
import { VERSION } from './version.ts'

/** What the control plane works with. */
export interface ControlPlaneOptions {
  readonly settings: Settings
  readonly log: Logger
  readonly now: () => number
  readonly database: Database
  /** Claims and token buckets, opened for this thread. */
  readonly admission: ServerAdmission
  /** The same in the memory of this process, to measure; absent with Redis. */
  readonly memory: SharedAdmission | undefined
  readonly board: ChangeBoard
  /** The data plane of the same process, if it runs one. */
  readonly dataPlane: DataPlane | undefined
  readonly usage: UsageWriter
  readonly refusals: RefusalWriter
  readonly node: Pick<JoinedNode, 'count'>
  readonly clock: Pick<ClockWatch, 'isOff' | 'offsetMs'>
}

/** A listening control plane. Disposing it finishes the requests under way, for 10 s at most, and closes it. */
export interface ControlPlane extends AsyncDisposable {
  readonly url: string
}

/**
 * Starts the control plane in this thread.
 *
 * @param cutOff called when the stop cut off a request
 */
export async function startControlPlane(options: ControlPlaneOptions, cutOff: () => void): Promise<ControlPlane> {
  const { settings, log, now, database, admission, usage, refusals } = options
  await using opened = new AsyncDisposableStack()
  const { deploymentId, nonceSecret } = await readDeployment(database.kysely)
  const nonces = createServerNonces(nonceSecret)
  const decider = opened.use(
    await openDecider({
      plane: 'control',
      settings,
      log,
      now,
      admission,
      gate: { sessionNonces: nonces },
      counted: usage.add,
      remembered: refusals.add,
    }),
  )
  const keyPairs = opened.use(createKeyPairStock({ ...settings.keyPairs, waitMs: settings.keyPairWaitMs, log }))
  let audit: StartedAuditWatch | undefined
  // Closed after the HTTP server: its last head covers the last changes.
  opened.defer(() => audit?.close())
  const auditChain = () => audit?.status() ?? NOT_CHECKED
  const keyState = () => audit?.keyState
  const context = createContext(options, decider, { deploymentId, nonces, auditChain, keyPairs }, keyState)
  const cascades = opened.adopt(runCascades({ context, log }), (it) => it.close())
  const app = await createApp({ ...context, cascades })
  opened.defer(async () => {
    if (!(await stopHttpServer(app.server, () => app.close()))) cutOff()
  })
  const url = await app.listen({ host: settings.host, port: settings.port })
  keyPairs.fill()
  // First of all at a stop: a thread ends only between two key pairs.
  opened.defer(() => keyPairs.stopFilling())
  // A server that cannot listen must log nothing about a deployment key.
  audit = await startAuditWatch({ settings, database, deploymentId, log, now })
  const all = opened.move()
  return { url, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

type Deployed = Pick<ServerContext, 'deploymentId' | 'nonces' | 'auditChain'> & { readonly keyPairs: KeyPairStock }

/** What the routes of the control plane work with. */
function createContext(
  options: ControlPlaneOptions,
  decider: Decider,
  { keyPairs, ...deployed }: Deployed,
  deploymentKey: () => DeploymentKeyState | undefined,
): Omit<ServerContext, 'cascades'> {
  const { settings, log, now, database, admission, memory, board, dataPlane, node, clock } = options
  const { gate, access, metrics } = decider
  const threads = () => {
    const [main = THIS_THREAD, ...data] = dataPlane?.threads() ?? []
    return [{ ...main, lacks: clock.isOff() ? ('clock' as const) : admission.lacks('control') }, ...data]
  }
  const processMetrics = createProcessMetrics({
    version: VERSION,
    admission: memory,
    threads,
    nodes: node.count,
    deploymentKey,
    clockOffsetMs: clock.offsetMs,
  })
  measureKeyPairs(processMetrics, () => keyPairs.use())
  return {
    ...deployed,
    settings,
    database,
    log,
    now,
    gate,
    threads,
    databaseFault: async () => access.pollFault() ?? databaseFault(database),
    connections: decider.connections,
    limits: createLimitsReached(metrics.registry, log),
    takeKeyPair: (type, accountId) => keyPairs.take(type, accountId),
    readKey: access.read,
    keyChanges: access.changes,
    decided: decider.decided,
    refused: decider.refusals.refused,
    collectRefusals: async (keyId) => {
      // In the order in which refusals go from a thread to the database, so that none is missed on its way.
      const threads = [decider.refusals.waiting(keyId), ...((await dataPlane?.refusals(keyId)) ?? [])]
      const lists = [...threads, options.refusals.waiting(keyId), await options.refusals.written(keyId)]
      return mergeRefusals(lists, keyId === undefined ? MAX_CLAIMED : MAX_OF_KEY)
    },
    startedAtMs: now(),
    refusalsSinceMs: () => readRefusalsSince(database.kysely, now()),
    tokensIn: admission.tokensIn,
    bucketEnded: ({ accountId, ownerId }) => admission.forgetBucketOfKey(accountId, bucketOfKey(ownerId)),
    keyChanged(change) {
      access.cache.apply([change])
      board.announce(change)
    },
    async collectMetrics() {
      const own = [await processMetrics.getMetricsAsJSON(), await metrics.registry.getMetricsAsJSON()]
      const others = (await dataPlane?.metrics()) ?? []
      const all = [...own, ...others]
      const sum = AggregatorRegistry.aggregate(all as object[])
      return { contentType: sum.contentType, text: await sum.metrics() }
    },
  }
}

/** The only thread of a process without a data plane. */
const THIS_THREAD: CountedThread = { name: 'main', state: 'up', lacks: undefined, restarts: 0, stalls: 0 }

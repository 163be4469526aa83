import { randomBytes } from 'node:crypto'
import { createGate, type DecisionSink } from '@countersign/gate'
import { accessHeaderNames } from '@countersign/protocol'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { AggregatorRegistry } from 'prom-client'
import { makeLinkFor } from './actions/link-on-database.ts'
import { createApp } from './app.ts'
import { startAuditWatch } from './audit/start-audit-watch.ts'
import { type AuditWatch, NOT_CHECKED } from './audit/watch-audit-log.ts'
import { type DataPlane, startDataPlane } from './authorize/data-plane.ts'
import { type ChangeBoard, createChangeBoard } from './change-board.ts'
import type { Settings } from './config.ts'
import { explainWith } from './doctor/create-explain.ts'
import { createDoctorThread } from './doctor/doctor-thread.ts'
import { gateOptions } from './gate-options.ts'
import { stopHttpServer } from './http-server.ts'
import { type KeyAccess, openKeyAccess } from './key-access.ts'
import { createMetrics, createProcessMetrics, type Metrics } from './metrics.ts'
import { collectRefusals } from './refusals/collect-refusals.ts'
import { createRefusalMemory } from './refusals/refusal-memory.ts'
import type { ServerContext } from './server-context.ts'
import { createServerNonces } from './sessions/server-nonce.ts'
import { allocateSharedAdmission, createSharedAdmission, type SharedAdmissionMemory } from './shared-admission.ts'
import { hasApiKeys } from './storage/api-keys.ts'
import { type Database, openDatabase } from './storage/database.ts'
import { readDeployment } from './storage/deployment.ts'
import { migrate } from './storage/migrate.ts'
import { startUsage } from './usage/start-usage.ts'
import { createUsageWriter } from './usage/usage-writer.ts'
import { VERSION } from './version.ts'

/** A server that listens. */
export interface RunningServer {
  /** Where the control plane listens, with the port that it got; where only the data plane runs, where that does. */
  readonly url: string
  /** Where proxies ask; absent where only the control plane runs. */
  readonly authorizeUrl?: string
  /** The database as it may be printed. */
  readonly location: string
  /** Whether no key exists yet. */
  readonly isEmpty: boolean
  /** Makes a sign-in link for the operator where no key exists yet and the dashboard is served. */
  firstLink(): Promise<string | undefined>
  /** Rejects when a part of the server ended that was not told to: the process must end too. */
  readonly failed: Promise<never>
  /** Lets what is under way finish, for 10 s at most, then closes everything; whether nothing had to be cut off. */
  close(): Promise<boolean>
}

/** Starts the server: opens and migrates the database, starts the planes that were configured. */
export async function startServer(
  settings: Settings,
  log: Logger,
  now: () => number = Date.now,
): Promise<RunningServer> {
  const opened = new Stack()
  try {
    const database = await openDatabase(settings.databaseUrl)
    opened.push(() => database.close())
    await migrate(database, now())
    const isEmpty = !(await hasApiKeys(database.kysely))
    const memory = allocateSharedAdmission(settings.admission, randomBytes(16).toString('hex'), now())
    const board = createChangeBoard()
    const usage = startUsage(createUsageWriter({ database, retention: settings.usage, log, now }), now)
    opened.push(usage.close)
    const dataPlane =
      settings.plane === 'control' ? undefined : await startDataPlane(settings, memory, board, usage.add)
    if (dataPlane) opened.push(() => dataPlane.close())
    const control =
      settings.plane === 'data'
        ? undefined
        : await startControlPlane({ settings, log, now, database, memory, board, dataPlane, usage })
    if (control) opened.push(() => control.close())
    const authorizeUrl = dataPlane && urlOf(settings.host, dataPlane.port)
    return {
      url: control?.url ?? authorizeUrl ?? '',
      location: database.location,
      isEmpty,
      async firstLink() {
        if (!isEmpty || !control) return undefined
        const at = { ...settings, port: Number(new URL(control.url).port) }
        return (await makeLinkFor(database, at, { isOperator: true }, now())).url
      },
      failed: dataPlane?.failed ?? new Promise(() => undefined),
      async close() {
        const orderly = await Promise.all([control?.close() ?? true, dataPlane?.close() ?? true])
        await usage.close()
        await database.close()
        return orderly.every(Boolean)
      },
      ...(authorizeUrl !== undefined && { authorizeUrl }),
    }
  } catch (fault) {
    await opened.closeAll()
    throw fault
  }
}

interface ControlPlaneOptions {
  readonly settings: Settings
  readonly log: Logger
  readonly now: () => number
  readonly database: Database
  readonly memory: SharedAdmissionMemory
  readonly board: ChangeBoard
  readonly dataPlane: DataPlane | undefined
  readonly usage: DecisionSink
}

async function startControlPlane(given: ControlPlaneOptions): Promise<{ url: string; close(): Promise<boolean> }> {
  const { settings, log, now, database, memory, board, dataPlane, usage } = given
  const metrics: Metrics = createMetrics('control', { now, polledAtMs: () => access.polledAtMs() })
  const access: KeyAccess = await openKeyAccess({ settings, log, now, lookedUp: metrics.keyLookedUp })
  const admission = createSharedAdmission(memory)
  const processMetrics = createProcessMetrics(VERSION, () => admission.use(now()))
  const { deploymentId, nonceSecret } = await readDeployment(database.kysely)
  let audit: AuditWatch | undefined
  const nonces = createServerNonces(nonceSecret)
  const doctor = createDoctorThread(log)
  const refusals = createRefusalMemory(accessHeaderNames(settings.headerPrefix).keyId, now)
  const options = gateOptions(settings)
  const explain = explainWith(settings, options.messageSignatures, doctor)
  const gate = createGate({ ...options, ...explain, keys: access.keys, admission, sessionNonces: nonces, now })
  const context: ServerContext = {
    settings,
    database,
    log,
    now,
    deploymentId,
    nonces,
    gate,
    readKey: access.read,
    keyChanges: access.changes,
    decided(decision, seconds, request) {
      metrics.decided(decision, seconds)
      usage.decided(decision, request)
    },
    refused: refusals.refused,
    collectRefusals: async (keyId) => {
      const own = keyId === undefined ? refusals.claimed() : refusals.ofKey(keyId)
      return collectRefusals([own, ...((await dataPlane?.refusals(keyId)) ?? [])], keyId !== undefined)
    },
    startedAtMs: now(),
    auditChain: () => audit?.status() ?? NOT_CHECKED,
    tokensIn: admission.tokensIn,
    keyChanged(change) {
      access.cache.apply([change])
      board.announce(change)
    },
    async collectMetrics() {
      const all = [
        await processMetrics.getMetricsAsJSON(),
        await metrics.registry.getMetricsAsJSON(),
        ...((await dataPlane?.metrics()) ?? []),
      ]
      const sum = AggregatorRegistry.aggregate(all as object[])
      return { contentType: sum.contentType, text: await sum.metrics() }
    },
  }
  let app: FastifyInstance | undefined
  try {
    app = await createApp(context)
    const url = await app.listen({ host: settings.host, port: settings.port })
    const listening = app
    // A server that cannot listen has nothing to tell of a key.
    audit = await startAuditWatch({ settings, database, deploymentId, log, now })
    return {
      url,
      async close() {
        const isOrderly = await stopHttpServer(listening.server, () => listening.close())
        await Promise.all([access.close(), doctor.close(), audit?.close()])
        return isOrderly
      },
    }
  } catch (fault) {
    await app?.close()
    await Promise.all([access.close(), doctor.close(), audit?.close()])
    throw fault
  }
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What was opened, closed in the opposite order. */
class Stack {
  readonly #closers: (() => Promise<unknown>)[] = []

  push(close: () => Promise<unknown>): void {
    this.#closers.push(close)
  }

  async closeAll(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) await close()
  }
}

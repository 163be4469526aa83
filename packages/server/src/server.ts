import type { Logger } from 'pino'
import { makeLinkFor } from './actions/link-on-database.ts'
import { openAdmission } from './admission/open-admission.ts'
import { createSharedAdmission } from './admission/shared-admission.ts'
import { threadClocks } from './admission/thread-clocks.ts'
import { createAdmissionWatch } from './admission/watch-admission.ts'
import { refuseEmptiedDatabase } from './audit/refuse-emptied-database.ts'
import { startDataPlane, THREAD_LIFE, type ThreadLife } from './authorize/data-plane.ts'
import type { Settings } from './config/settings.ts'
import { shareConnections } from './config/share-connections.ts'
import { startControlPlane } from './control-plane.ts'
import { createChangeBoard } from './keys/change-board.ts'
import { joinNodes } from './nodes/join-nodes.ts'
import { placeAdmission } from './nodes/place-admission.ts'
import { watchClock } from './nodes/watch-clock.ts'
import { createRefusalWriter } from './refusals/refusal-writer.ts'
import { openDatabase } from './storage/database.ts'
import { readDeployment } from './storage/deployment.ts'
import { hasApiKeys } from './storage/find-api-keys.ts'
import { migrate } from './storage/migrate.ts'
import { createUsageWriter } from './usage/usage-writer.ts'
import { VERSION } from './version.ts'

/** A server that listens. */
export interface RunningServer {
  /** The control plane's address, with its actual port; the data plane's if only that runs. */
  readonly url: string
  /** The address of `/authorize`; absent if only the control plane runs. */
  readonly authorizeUrl?: string
  /** The database in a form that may be printed. */
  readonly location: string
  /** Whether no key exists yet. */
  readonly isEmpty: boolean
  /** Makes a sign-in link for the operator, if no key exists yet and the dashboard is served. */
  firstLink(): Promise<string | undefined>
  /**
   * Settles with the fault when a part of the server cannot go on. The server must then be closed and its process
   * ended.
   */
  readonly failure: Promise<Error>
  /** Finishes the requests under way, for 10 s at most, then closes everything. Returns whether nothing was cut off. */
  close(): Promise<boolean>
}

/**
 * Starts the server: opens and migrates the database, and starts the configured planes.
 *
 * @param life limits for data-plane threads; only tests change them
 */
export async function startServer(
  settings: Settings,
  log: Logger,
  now: () => number = Date.now,
  life: ThreadLife = THREAD_LIFE,
): Promise<RunningServer> {
  await refuseEmptiedDatabase(settings)
  await using opened = new AsyncDisposableStack()
  const { database, place, admission, memory, node, isEmpty } = await openNode(settings, log, now, opened)
  const board = createChangeBoard()
  const usage = opened.adopt(createUsageWriter({ database, retention: settings.usage, log, now }), (it) => it.close())
  const refusals = opened.adopt(createRefusalWriter({ database, log, now }), (it) => it.close())

  let isOrderly = true
  const cutOff = () => {
    isOrderly = false
  }
  const planes: AsyncDisposable[] = []
  // Both at once: each may take the whole time of a stop.
  opened.defer(async () => void (await Promise.all(planes.map((plane) => plane[Symbol.asyncDispose]()))))
  const dataPlane =
    settings.plane === 'control'
      ? undefined
      : await startDataPlane({ settings, log, place, board, usage, refusals, life }, cutOff)
  if (dataPlane) planes.push(dataPlane)
  const compared = (isOff: boolean) => dataPlane?.setProcessLack(isOff ? 'clock' : undefined)
  const clock = opened.use(watchClock({ database, now, log, compared }))
  await clock.compare()
  const control =
    settings.plane === 'data'
      ? undefined
      : await startControlPlane(
          { settings, log, now, database, admission, memory, board, dataPlane, usage, refusals, node, clock },
          cutOff,
        )
  if (control) planes.push(control)

  const authorizeUrl = dataPlane && urlOf(settings.host, dataPlane.port)
  const all = opened.move()
  return {
    url: control?.url ?? authorizeUrl ?? '',
    location: database.location,
    isEmpty,
    async firstLink() {
      if (!isEmpty || !control) return undefined
      const at = { ...settings, port: Number(new URL(control.url).port) }
      return (await makeLinkFor(database, at, { isOperator: true }, now())).url
    },
    failure: Promise.race([node.failure, ...(dataPlane ? [dataPlane.failure] : [])]),
    async close() {
      await all.disposeAsync()
      return isOrderly
    },
    authorizeUrl,
  }
}

/** Opens what both planes need: the database, claims and token buckets, and this node's place among the others. */
async function openNode(settings: Settings, log: Logger, now: () => number, opened: AsyncDisposableStack) {
  const { main: maxConnections } = shareConnections(settings)
  const database = opened.adopt(await openDatabase(settings.databaseUrl, { maxConnections }), (it) => it.close())
  await migrate(database, now())
  const clocks = threadClocks(now)
  const place = placeAdmission(settings, (await readDeployment(database.kysely)).nonceSecret, clocks)
  const admission = opened.use(await openAdmission({ place, clocks, log, thread: 0, mayConnectLater: false }))
  const node = opened.use(
    await joinNodes({
      database,
      planes: settings.plane,
      version: VERSION,
      admission: admission.place,
      singleNodePromises: settings.singleNodePromises,
      log,
    }),
  )
  const isEmpty = !(await hasApiKeys(database.kysely))
  const memory = place.kind === 'memory' ? createSharedAdmission(place.memory, clocks) : undefined
  const watch = createAdmissionWatch({ admission: memory, clocks, log })
  const watching = setInterval(watch, 1_000).unref()
  opened.defer(() => clearInterval(watching))
  return { database, place, admission, memory, node, isEmpty }
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'
import { compileRules } from '@countersign/gate'
import { openAdmission } from '../admission/open-admission.ts'
import { threadClocks } from '../admission/thread-clocks.ts'
import { stopHttpServer } from '../http/http-server.ts'
import { readChangeBoard } from '../keys/change-board.ts'
import { createLogger } from '../observe/log.ts'
import { loadDriver } from '../storage/database.ts'
import { ThreadTable } from '../threads/thread-table.ts'
import { createAuthorizeServer } from './authorize-server.ts'
import { startBeating } from './beat.ts'
import { type Decider, openDecider } from './open-decider.ts'
import type { FromWorker, ToWorker, WorkerData, WorkerStart } from './worker-messages.ts'

/** A data-plane thread: its own event loop, connections to the database and key cache; admission is shared. */
async function run(start: WorkerStart, say: (message: FromWorker) => void): Promise<void> {
  const { settings, board, sharesPort, row } = start
  const table = new ThreadTable(start.threads)
  const beating = startBeating(table, row)
  const log = createLogger(settings.logLevel)
  const admission = await openAdmission({
    place: start.admission,
    clocks: threadClocks(),
    log,
    thread: row,
    mayConnectLater: true,
  })
  const decider = await openDecider({
    plane: 'data',
    settings,
    log,
    now: Date.now,
    admission,
    catchUp: readChangeBoard(board),
    gate: settings.rules.length > 0 ? { rules: compileRules(settings.rules, settings.basePath) } : {},
    counted: (usage) => say({ says: 'counted', usage }),
    remembered: (refusals) => say({ says: 'remembered', refusals }),
  })
  const { gate, refusals, connections, decided } = decider
  beating.reportLack(() => (decider.access.isUsable() ? admission.lacks('data') : 'keys'))
  const server = createAuthorizeServer({
    settings,
    gate,
    log,
    connections,
    refused: refusals.refused,
    decided,
    threads: beating.threads,
  })

  async function stop(): Promise<void> {
    const isOrderly = await stopHttpServer(server, () => promisify(server.close.bind(server))())
    await decider[Symbol.asyncDispose]()
    await admission[Symbol.asyncDispose]()
    say({ says: 'stopped', isOrderly })
    parentPort?.close()
    board.port.close()
  }

  parentPort?.on('message', async (message: ToWorker) => {
    if (message.ask === 'stop') await stop()
    else await answer(message, decider, say)
  })
  server.once('error', (fault) => {
    throw fault
  })
  server.listen({ host: settings.host, port: settings.authorizePort, reusePort: sharesPort }, () => {
    // Seen before the message: from here on this thread is expected to beat.
    table.beat(row)
    say({ says: 'listening', port: (server.address() as AddressInfo).port })
  })
}

async function answer(
  message: ToWorker,
  { metrics, refusals }: Decider,
  say: (message: FromWorker) => void,
): Promise<void> {
  if (message.ask === 'metrics') {
    say({ says: 'metrics', id: message.id, metrics: await metrics.registry.getMetricsAsJSON() })
  }
  if (message.ask === 'refusals') {
    say({ says: 'refusals', id: message.id, refusals: refusals.waiting(message.keyId) })
  }
}

const say = (said: FromWorker) => parentPort?.postMessage(said)

await loadDriver((workerData as WorkerData).dialect)
// A spare thread waits here: its code is loaded, and nothing is open.
parentPort?.once('message', (message: ToWorker) => {
  if (message.ask === 'start') void run(message.start, say)
})
say({ says: 'loaded' })

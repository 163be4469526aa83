import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'
import { compileRules } from '@countersign/gate'
import { readChangeBoard } from '../change-board.ts'
import { stopHttpServer } from '../http-server.ts'
import { createLogger } from '../log.ts'
import { createAuthorizeServer } from './authorize-server.ts'
import { openDecider } from './open-decider.ts'
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts'

/** A data-plane thread: its own event loop, connections to the database and key cache; admission is shared. */
async function run(start: WorkerStart, say: (message: FromWorker) => void): Promise<void> {
  const { settings, admission, board, sharesPort } = start
  const log = createLogger(settings.logLevel)
  const decider = await openDecider({
    plane: 'data',
    settings,
    log,
    now: Date.now,
    memory: admission,
    catchUp: readChangeBoard(board),
    gate: settings.rules.length > 0 ? { rules: compileRules(settings.rules, settings.basePath) } : {},
    counted: (usage) => say({ says: 'counted', usage }),
  })
  const { gate, metrics, refusals, decided } = decider
  const server = createAuthorizeServer({ settings, gate, log, refused: refusals.refused, decided })

  async function stop(): Promise<void> {
    const isOrderly = await stopHttpServer(server, () => promisify(server.close.bind(server))())
    await decider[Symbol.asyncDispose]()
    say({ says: 'stopped', isOrderly })
    parentPort?.close()
    board.port.close()
  }

  parentPort?.on('message', async (message: ToWorker) => {
    if (message.ask === 'metrics') {
      say({ says: 'metrics', id: message.id, metrics: await metrics.registry.getMetricsAsJSON() })
      return
    }
    if (message.ask === 'refusals') {
      const { id, keyId } = message
      say({ says: 'refusals', id, refusals: keyId === undefined ? refusals.claimed() : refusals.ofKey(keyId) })
      return
    }
    await stop()
  })
  server.once('error', (fault) => {
    throw fault
  })
  server.listen({ host: settings.host, port: settings.authorizePort, reusePort: sharesPort }, () => {
    say({ says: 'listening', port: (server.address() as AddressInfo).port })
  })
}

await run(workerData as WorkerStart, (message) => parentPort?.postMessage(message))

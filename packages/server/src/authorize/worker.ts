import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'
import { compileRules, createGate } from '@countersign/gate'
import { accessHeaderNames } from '@countersign/protocol'
import { loadOpenSsl } from '@countersign/protocol/openssl'
import { readChangeBoard } from '../change-board.ts'
import { explainWith } from '../doctor/create-explain.ts'
import { createDoctorThread } from '../doctor/doctor-thread.ts'
import { gateOptions } from '../gate-options.ts'
import { stopHttpServer } from '../http-server.ts'
import { openKeyAccess } from '../key-access.ts'
import { createLogger } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { createRefusalMemory } from '../refusals/refusal-memory.ts'
import { createSharedAdmission } from '../shared-admission.ts'
import { createUsageCounter } from '../usage/usage-counter.ts'
import { HAND_OVER_EVERY_MS } from '../usage/usage-writer.ts'
import { createAuthorizeServer } from './authorize-server.ts'
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts'

/** A data-plane thread: its own event loop, connections to the database and key cache; admission is shared. */
async function run(start: WorkerStart, say: (message: FromWorker) => void): Promise<void> {
  const { settings, admission, board, sharesPort } = start
  const log = createLogger(settings.logLevel)
  const now = Date.now
  // Node would say in each thread that node:ffi is experimental; docs/operating.md does, once.
  const importKey = loadOpenSsl({ isQuiet: true })
  if (!importKey) log.info('node:ffi cannot be used here: RSA signatures are verified by node:crypto, more slowly')
  const metrics = createMetrics('data', { now, polledAtMs: () => access.polledAtMs() })
  const access = await openKeyAccess({
    settings,
    log,
    now,
    catchUp: readChangeBoard(board),
    lookedUp: metrics.keyLookedUp,
    importKey,
  })
  const doctor = createDoctorThread(log)
  const refusals = createRefusalMemory(accessHeaderNames(settings.headerPrefix).keyId, now)
  const options = gateOptions(settings)
  const gate = createGate({
    ...options,
    ...explainWith(settings, options.messageSignatures, doctor),
    ...(settings.rules.length > 0 && { rules: compileRules(settings.rules, settings.basePath) }),
    keys: access.keys,
    admission: createSharedAdmission(admission),
  })
  const usage = createUsageCounter(now)
  const handOver = () => {
    const counted = usage.take()
    if (counted) say({ says: 'counted', usage: counted })
  }
  const handingOver = setInterval(handOver, HAND_OVER_EVERY_MS).unref()
  const server = createAuthorizeServer({
    settings,
    gate,
    log,
    refused: refusals.refused,
    decided(decision, seconds, from) {
      metrics.decided(decision, seconds)
      usage.decided(decision, from)
    },
  })

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
    const isOrderly = await stopHttpServer(server, () => promisify(server.close.bind(server))())
    await Promise.all([access.close(), doctor.close()])
    clearInterval(handingOver)
    handOver()
    say({ says: 'stopped', isOrderly })
    parentPort?.close()
    board.port.close()
  })
  server.once('error', (fault) => {
    throw fault
  })
  server.listen({ host: settings.host, port: settings.authorizePort, reusePort: sharesPort }, () => {
    say({ says: 'listening', port: (server.address() as AddressInfo).port })
  })
}

await run(workerData as WorkerStart, (message) => parentPort?.postMessage(message))

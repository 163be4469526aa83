import {
  createGate,
  createUsageCounter,
  type Decision,
  type DecisionSink,
  type Gate,
  type GateOptions,
  HAND_OVER_EVERY_MS,
  type UsageBatch,
} from '@countersign/gate'
import { loadNativeVerify } from '@countersign/native-verify'
import { accessHeaderNames } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { ServerAdmission } from '../admission/server-admission.ts'
import { gateOptions } from '../config/gate-options.ts'
import type { Settings } from '../config/settings.ts'
import { explainWith } from '../doctor/create-explain.ts'
import { createDoctorThread, startDoctor } from '../doctor/doctor-thread.ts'
import { trustedProxies } from '../http/client-address.ts'
import { type ConnectionLimit, createConnectionLimit } from '../http/connection-limit.ts'
import { type KeyAccess, type KeyAccessOptions, openKeyAccess } from '../keys/key-access.ts'
import { createMetrics, type Metrics } from '../observe/metrics.ts'
import { createRefusalMemory, type RefusalMemory } from '../refusals/refusal-memory.ts'
import type { RememberedRefusal } from '../refusals/remembered-refusal.ts'

/**
 * What one thread decides requests with: its gate, and what the gate reads and counts. Disposing it closes them all.
 */
export interface Decider extends AsyncDisposable {
  readonly gate: Gate
  readonly access: KeyAccess
  readonly metrics: Metrics
  readonly refusals: RefusalMemory
  /** Bounds the connections of the server of this gate. */
  readonly connections: ConnectionLimit
  /** Counts a decision and the seconds that it took. */
  readonly decided: (decision: Decision, seconds: number, from: Parameters<DecisionSink['decided']>[1]) => void
}

/** How a thread decides. */
export interface DeciderOptions extends Pick<KeyAccessOptions, 'catchUp'> {
  readonly plane: 'control' | 'data'
  readonly settings: Settings
  readonly log: Logger
  readonly now: () => number
  /** Claims and token buckets, opened for this thread. */
  readonly admission: ServerAdmission
  /** Options of only this plane's gate. */
  readonly gate: Pick<GateOptions, 'rules' | 'sessionNonces'>
  /** Receives counts twice a second, and a last time while the decider is disposed. */
  readonly counted: (usage: UsageBatch) => void
  /** Receives refusals, at the same times. */
  readonly remembered: (refusals: readonly RememberedRefusal[]) => void
}

/** Callers of the control plane wait longer than proxies do: their refusals have twice the time for a diagnosis. */
const DOCTOR_SILENT_AFTER_MS = { control: 10_000, data: 5_000 } as const

/** Opens what a thread of either plane decides with. This is the only place that builds a gate of this server. */
export async function openDecider(options: DeciderOptions): Promise<Decider> {
  const { plane, settings, log, now, admission, catchUp, counted, remembered } = options
  await using opened = new AsyncDisposableStack()
  const { importKey, ...verifiers } = loadNativeVerify(settings.verify)
  log.info({ plane, verifiers }, 'signatures are verified')
  const { control, data, perAddress } = settings.connections
  const max = plane === 'control' ? control : Math.max(1, Math.floor(data / settings.workers))
  const connections = createConnectionLimit({ max, perAddress }, trustedProxies(settings.trustedProxies), log)
  const metrics = createMetrics(plane, {
    verifiers,
    now,
    polledAtMs: () => access.polledAtMs(),
    connections: connections.use,
  })
  admission.measure(metrics.registry, plane)
  const access = opened.adopt(
    await openKeyAccess({ settings, log, now, catchUp, importKey, onLookup: metrics.keyLookedUp }),
    (it) => it.close(),
  )
  const doctor = opened.adopt(createDoctorThread(log, startDoctor, DOCTOR_SILENT_AFTER_MS[plane]), (it) => it.close())
  const common = gateOptions(settings)
  const explain = explainWith(settings, common.messageSignatures, doctor)
  const gate = createGate({ ...common, ...explain, ...options.gate, keys: access.keys, admission, now })
  const usage = createUsageCounter(now)
  const refusals = createRefusalMemory(accessHeaderNames(settings.headerPrefix).keyId, now, settings.publicPrefix)
  const handOver = () => {
    const batch = usage.take()
    if (batch) counted(batch)
    const refused = refusals.take()
    if (refused.length > 0) remembered(refused)
  }
  const handingOver = setInterval(handOver, HAND_OVER_EVERY_MS).unref()
  opened.defer(() => {
    clearInterval(handingOver)
    handOver()
  })
  const all = opened.move()
  return {
    gate,
    access,
    metrics,
    connections,
    refusals,
    decided(decision, seconds, from) {
      metrics.decided(decision, seconds)
      usage.decided(decision, from)
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

import { Counter, Gauge, Registry } from 'prom-client'
import type { SharedAdmission } from '../admission/shared-admission.ts'
import { DEPLOYMENT_KEY_STATES, type DeploymentKeyState } from '../audit/own-deployment-key.ts'
import type { CountedThread } from '../threads/thread-table.ts'

/** What is measured for the whole process. */
export interface MeasuredProcess {
  readonly version: string
  /** Claims and buckets in the memory of the process; absent if they are in Redis. */
  readonly admission: Pick<SharedAdmission, 'use' | 'capacity' | 'lockRecoveries'> | undefined
  readonly threads: () => readonly CountedThread[]
  /** How many nodes of the deployment run. */
  readonly nodes: () => number
  /** What this node has of the deployment key; `undefined` until it has looked. */
  readonly deploymentKey: () => DeploymentKeyState | undefined
  /** The database's clock minus this node's, in milliseconds. */
  readonly clockOffsetMs: () => number | undefined
}

/** Metrics of the process as a whole: its build, its place among the nodes, its admission and its threads. */
export function createProcessMetrics(measured: MeasuredProcess): Registry {
  const registry = new Registry()
  new Gauge({
    name: 'countersign_build_info',
    help: 'The running version; always 1.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: measured.version }, 1)
  measureNode(registry, measured)
  if (measured.admission) measureAdmission(registry, measured.admission)
  measureThreads(registry, measured.threads)
  return registry
}

function measureNode(registry: Registry, { nodes, deploymentKey, clockOffsetMs }: MeasuredProcess): void {
  const registers = [registry]
  new Gauge({
    name: 'countersign_nodes',
    help: 'Nodes of this deployment that run, as this node saw them at its last sign of life.',
    registers,
    collect() {
      this.set(nodes())
    },
  })
  new Gauge({
    name: 'countersign_deployment_key',
    help: 'What this node has of the deployment key: 1 for its state. Only with the state "own" it signs audit heads.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of DEPLOYMENT_KEY_STATES) this.set({ state }, state === deploymentKey() ? 1 : 0)
    },
  })
  new Gauge({
    name: 'countersign_clock_offset_seconds',
    help: "The database's clock minus this node's. Beyond 2.5 s this node is not ready. SQLite has no clock of its own.",
    registers,
    collect() {
      const offsetMs = clockOffsetMs()
      if (offsetMs !== undefined) this.set(offsetMs / 1_000)
    },
  })
}

function measureAdmission(registry: Registry, admission: NonNullable<MeasuredProcess['admission']>): void {
  const registers = [registry]
  new Gauge({
    name: 'countersign_admission_entries',
    help: 'Signatures claimed against a second use, and token buckets that are not full.',
    labelNames: ['kind'],
    registers,
    collect() {
      const { claims, buckets } = admission.use()
      this.set({ kind: 'claim' }, claims)
      this.set({ kind: 'bucket' }, buckets)
    },
  })
  const capacity = new Gauge({
    name: 'countersign_admission_capacity',
    help: 'How many of these the process has room for; requests that need another one are refused with 503 beyond.',
    labelNames: ['kind'],
    registers,
  })
  capacity.set({ kind: 'claim' }, admission.capacity.claims)
  capacity.set({ kind: 'bucket' }, admission.capacity.buckets)
  new Counter({
    name: 'countersign_admission_lock_recoveries_total',
    help: 'How often the lock of the admission was taken from a thread that had ended, or that held it for a second.',
    registers,
    collect() {
      this.reset()
      this.inc(admission.lockRecoveries)
    },
  })
}

function measureThreads(registry: Registry, threads: MeasuredProcess['threads']): void {
  const registers = [registry]
  new Gauge({
    name: 'countersign_thread_up',
    help: 'Whether a thread of the process runs: 0 while it is down, stalled or being started.',
    labelNames: ['thread'],
    registers,
    collect() {
      for (const { name, state } of threads()) this.set({ thread: name }, state === 'up' ? 1 : 0)
    },
  })
  new Counter({
    name: 'countersign_thread_restarts_total',
    help: 'How often a data-plane thread was started again, after a death or a stall.',
    labelNames: ['thread'],
    registers,
    collect() {
      this.reset()
      for (const { name, restarts } of threads()) this.inc({ thread: name }, restarts)
    },
  })
  new Counter({
    name: 'countersign_thread_stalls_total',
    help: 'How often a data-plane thread stood still for 2 s and was ended.',
    labelNames: ['thread'],
    registers,
    collect() {
      this.reset()
      for (const { name, stalls } of threads()) this.inc({ thread: name }, stalls)
    },
  })
}

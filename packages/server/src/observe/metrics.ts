import type { Decision } from '@countersign/gate'
import type { REFUSALS } from '@countersign/protocol'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ConnectionUse } from '../http/connection-limit.ts'

/** Upper bounds of the durations' buckets, in seconds, from 50 us on. */
const DURATION_BUCKETS = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
]

/** How many durations are collected before prom-client gets them: one by one they cost several times as much. */
const DURATIONS_KEPT = 256

/** Fixed facts, and figures that are read at each scrape. */
export interface MeasuredState {
  /** The verifier of signatures in this thread, by type of key. */
  readonly verifiers: Readonly<Record<'rsa' | 'ed25519', string>>
  /** Unix milliseconds of the last good poll of key changes, once there was one. */
  readonly polledAtMs: () => number | undefined
  readonly now: () => number
  readonly connections: () => ConnectionUse
}

/** What one thread counts. No label ever names a key or an account. */
export interface Metrics {
  readonly registry: Registry
  decided(decision: Decision, seconds: number): void
  /** Counts a look-up of a key; `isMiss` if it asked the database. */
  keyLookedUp(isMiss: boolean): void
}

/** The metrics of one thread of a plane. Threads of one process are summed (`max` for the age of the poll). */
export function createMetrics(plane: 'control' | 'data', state: MeasuredState): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const allowed = new Tally({ plane, outcome: 'allowed', code: '' })
  const denied = new Map<string, Tally<'plane' | 'outcome' | 'code'>>()
  const [hit, miss] = [new Tally({ plane, result: 'hit' }), new Tally({ plane, result: 'miss' })]
  new Counter({
    name: 'countersign_decisions_total',
    help: 'Decisions by plane, outcome and code.',
    labelNames: ['plane', 'outcome', 'code'],
    registers,
    collect() {
      for (const tally of [allowed, ...denied.values()]) tally.addTo(this)
    },
  })
  const observeDuration = measureDurations(registry, plane)
  new Counter({
    name: 'countersign_key_lookups_total',
    help: 'Keys looked for, by whether the cache had them (hit) or the database was asked (miss).',
    labelNames: ['plane', 'result'],
    registers,
    collect() {
      for (const tally of [hit, miss]) tally.addTo(this)
    },
  })
  measureState(registry, plane, state)

  function countDenied(code: keyof typeof REFUSALS): void {
    const tally = denied.get(code) ?? new Tally({ plane, outcome: 'denied', code })
    tally.count++
    denied.set(code, tally)
  }

  return {
    registry,
    decided(decision, seconds) {
      if ('allowed' in decision) allowed.count++
      else countDenied(decision.denied)
      observeDuration(seconds)
    },
    keyLookedUp(isMiss) {
      if (isMiss) miss.count++
      else hit.count++
    },
  }
}

/** Measures how long decisions take. Returns a function that takes the duration of one, in seconds. */
function measureDurations(registry: Registry, plane: string): (seconds: number) => void {
  const durations = new Histogram({
    name: 'countersign_decision_duration_seconds',
    help: 'Time from a request to its decision.',
    labelNames: ['plane'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
    collect: () => flush(),
  })
  const duration = durations.labels(plane)
  const waiting = new Float64Array(DURATIONS_KEPT)
  let kept = 0

  function flush(): void {
    for (let i = 0; i < kept; i++) duration.observe(waiting[i] ?? 0)
    kept = 0
  }

  return (seconds) => {
    waiting[kept++] = seconds
    if (kept === DURATIONS_KEPT) flush()
  }
}

/** Adds the fixed facts, and the figures that are read at each scrape. */
function measureState(registry: Registry, plane: string, state: MeasuredState): void {
  const registers = [registry]
  new Gauge({
    name: 'countersign_key_changes_poll_age_seconds',
    help: 'Time since key changes were last read; keys are read anew for each use beyond 2 s.',
    labelNames: ['plane'],
    aggregator: 'max',
    registers,
    collect() {
      const polledAtMs = state.polledAtMs()
      if (polledAtMs !== undefined) this.set({ plane }, Math.max(0, state.now() - polledAtMs) / 1000)
    },
  })
  const verifier = new Gauge({
    name: 'countersign_verifier_threads',
    help: 'Threads by what verifies signatures in them: node (node:crypto), openssl (node:ffi) or libsodium.',
    labelNames: ['plane', 'key_type', 'verifier'],
    registers,
  })
  for (const [type, name] of Object.entries(state.verifiers)) verifier.set({ plane, key_type: type, verifier: name }, 1)
  new Gauge({
    name: 'countersign_connections',
    help: 'Connections that are open (open), and how many may be (max).',
    labelNames: ['plane', 'kind'],
    registers,
    collect() {
      const { open, max } = state.connections()
      this.set({ plane, kind: 'open' }, open)
      this.set({ plane, kind: 'max' }, max)
    },
  })
  new Counter({
    name: 'countersign_connections_refused_total',
    help:
      'Connections that were not taken, since the plane (full), the share of peers that are no trusted proxies (strangers) or an ' +
      'address of them (address) was full, or ended, with too many requests sent ahead (pipelined) or an answer not read (unread).',
    labelNames: ['plane', 'reason'],
    registers,
    collect() {
      this.reset()
      for (const [reason, count] of state.connections().refused) this.inc({ plane, reason }, count)
    },
  })
}

/** A count that prom-client gets at each scrape: counting in prom-client costs as much as a step of the gate. */
class Tally<Label extends string> {
  count = 0
  readonly #labels: Readonly<Record<Label, string>>

  constructor(labels: Readonly<Record<Label, string>>) {
    this.#labels = labels
  }

  addTo(counter: Counter<Label>): void {
    counter.inc({ ...this.#labels }, this.count)
    this.count = 0
  }
}

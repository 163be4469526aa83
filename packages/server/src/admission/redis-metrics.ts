import type { RedisEvent, RedisStatus } from '@countersign/redis'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Upper bounds of the durations' buckets, in seconds. A call ends after 0.1 s if its limit was not changed. */
const DURATION_BUCKETS = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25]

/** How many durations are collected before prom-client gets them: one by one they cost several times as much. */
const DURATIONS_KEPT = 256

/** What one thread counts of its Redis. */
export class RedisMetrics {
  readonly #events = new Map<string, { readonly kind: string; readonly problem: string; count: number }>()
  readonly #waiting = new Float64Array(DURATIONS_KEPT)
  #kept = 0
  #flush: () => void = () => {
    this.#kept = 0
  }

  count(event: RedisEvent): void {
    const problem = event.kind === 'problem' ? event.problem : ''
    const key = `${event.kind} ${problem}`
    const counted = this.#events.get(key) ?? { kind: event.kind, problem, count: 0 }
    counted.count++
    this.#events.set(key, counted)
  }

  /** Notes how long an admit waited for Redis, in milliseconds. */
  took(ms: number): void {
    this.#waiting[this.#kept++] = ms / 1_000
    if (this.#kept === DURATIONS_KEPT) this.#flush()
  }

  /** Adds them to the metrics of a thread. */
  addTo(registry: Registry, plane: 'control' | 'data', status: () => RedisStatus | undefined): void {
    const registers = [registry]
    const events = this.#events
    new Counter({
      name: 'countersign_redis_events_total',
      help: 'What happened to the connections to Redis, by kind and problem.',
      labelNames: ['plane', 'kind', 'problem'],
      registers,
      collect() {
        this.reset()
        for (const { kind, problem, count } of events.values()) this.inc({ plane, kind, problem }, count)
      },
    })
    new Counter({
      name: 'countersign_redis_calls_total',
      help: 'Calls to Redis: one round trip each, for one or more requests.',
      labelNames: ['plane'],
      registers,
      collect() {
        this.reset()
        this.inc({ plane }, status()?.calls ?? 0)
      },
    })
    new Counter({
      name: 'countersign_redis_admits_total',
      help: 'Requests by who decided them: Redis (decided), this node without it (divided), or nobody (unavailable, 503).',
      labelNames: ['plane', 'outcome'],
      registers,
      collect() {
        this.reset()
        const { decided = 0, divided = 0, unavailable = 0 } = status() ?? {}
        this.inc({ plane, outcome: 'decided' }, decided)
        this.inc({ plane, outcome: 'divided' }, divided)
        this.inc({ plane, outcome: 'unavailable' }, unavailable)
      },
    })
    this.#measureState(registry, plane, status)
    this.#measureDurations(registry, plane)
  }

  #measureState(registry: Registry, plane: string, status: () => RedisStatus | undefined): void {
    const registers = [registry]
    new Gauge({
      name: 'countersign_redis_up',
      help: 'Whether Redis decides: 0 while a thread of the plane is not connected or its circuit is open.',
      labelNames: ['plane'],
      aggregator: 'min',
      registers,
      collect() {
        this.set({ plane }, status()?.isUp ? 1 : 0)
      },
    })
    new Gauge({
      name: 'countersign_redis_pending',
      help: 'Requests that wait for Redis.',
      labelNames: ['plane'],
      registers,
      collect() {
        this.set({ plane }, status()?.pending ?? 0)
      },
    })
    new Gauge({
      name: 'countersign_redis_clock_offset_seconds',
      help: "Redis' clock minus this node's.",
      labelNames: ['plane'],
      aggregator: 'first',
      registers,
      collect() {
        const offsetMs = status()?.clockOffsetMs
        if (offsetMs !== undefined) this.set({ plane }, offsetMs / 1_000)
      },
    })
  }

  #measureDurations(registry: Registry, plane: string): void {
    const durations = new Histogram({
      name: 'countersign_redis_admit_duration_seconds',
      help: 'Time that a request waited for Redis.',
      labelNames: ['plane'],
      buckets: DURATION_BUCKETS,
      registers: [registry],
      collect: () => this.#flush(),
    })
    const duration = durations.labels(plane)
    this.#flush = () => {
      for (let i = 0; i < this.#kept; i++) duration.observe(this.#waiting[i] ?? 0)
      this.#kept = 0
    }
  }
}

import type { Logger } from 'pino'
import { Counter, type Registry } from 'prom-client'
import { createSeldomWarning } from './warn-seldom.ts'

/** The limits of an account or of a gate's key on the control plane that are neither token buckets nor connections. */
const LIMITS = {
  account_reads: 'an account has as many reads under way and waiting as it may',
  audit_quota: 'an account has used its hour of the audit log',
  gate_streams: 'as many streams of key changes are open as may be, or as one key may have',
  gate_reports: 'a gate reports while a report of its key is under way',
} as const

/** The name of a limit in the metric. */
export type LimitName = keyof typeof LIMITS

/**
 * Reports limits to operators: the metric `countersign_limits_reached_total` counts, and the log warns once a minute
 * for each limit.
 */
export interface LimitsReached {
  /** A request was refused for this limit. */
  reached(limit: LimitName, facts: object): void
  /** No request has been refused yet. */
  nearlyReached(limit: LimitName, facts: object): void
}

/** Counts in `registry`, and warns in `log`. */
export function createLimitsReached(registry: Registry, log: Pick<Logger, 'warn'>): LimitsReached {
  const names = Object.keys(LIMITS) as LimitName[]
  const warnings = () => new Map(names.map((limit) => [limit, createSeldomWarning(log)]))
  // Apart, so that a limit that is nearly reached does not hide in the log that it is.
  const [reached, nearly] = [warnings(), warnings()]
  const counter = new Counter({
    name: 'countersign_limits_reached_total',
    help: 'Requests that the control plane refused for a limit of an account or of a gate, by the limit.',
    labelNames: ['limit'],
    registers: [registry],
  })
  for (const limit of names) counter.inc({ limit }, 0)
  return {
    reached(limit, facts) {
      counter.inc({ limit })
      reached.get(limit)?.({ limit, ...facts }, LIMITS[limit])
    },
    nearlyReached(limit, facts) {
      nearly.get(limit)?.({ limit, ...facts }, `nearly: ${LIMITS[limit]}`)
    },
  }
}

import type { UsageQuery } from '@countersign/api'
import type { Denied } from '@countersign/gate'
import { STEP_MS, startOf, type UsageRange } from '../storage/usage.ts'
import { refuse } from './key-request.ts'
import { readChoiceQuery, readTimeQuery } from './page-query.ts'

/** The most points of one answer: a day in minutes, two months in hours, four years in days. */
const MOST_POINTS = 1_500

/** How far back a query without a start reaches, in steps. */
const STEPS_WHEN_OMITTED = { minute: 60, hour: 24, day: 30 } as const

/** Reads the time range of a usage query, widened to whole steps. */
export function readUsageRange(query: UsageQuery, nowMs: number): UsageRange | Denied {
  const step = readChoiceQuery('step', query.step, ['minute', 'hour', 'day']) ?? 'hour'
  if (typeof step === 'object') return step
  const to = readTimeQuery('to', query.to) ?? nowMs
  if (typeof to === 'object') return to
  const from = readTimeQuery('from', query.from) ?? Math.max(0, to - STEPS_WHEN_OMITTED[step] * STEP_MS[step])
  if (typeof from === 'object') return from
  if (from >= to) return refuse('from', 'must be before to')
  const fromMs = startOf(from, step)
  const toMs = startOf(to - 1, step) + STEP_MS[step]
  if ((toMs - fromMs) / STEP_MS[step] > MOST_POINTS) {
    return refuse('step', `must be longer, or the range shorter: at most ${MOST_POINTS} steps`)
  }
  return { step, fromMs, toMs }
}

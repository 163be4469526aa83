import type { KeyUsage } from '@countersign/api'
import type { Settings } from '../config/settings.ts'
import { readUsage, STEP_MS, startOf, type UsageRange, type UsageStep, type UsageSubject } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'

/** Counts over time in the form of the wire: a point for every step, also without any decision. */
export async function usageSeries(
  { database, settings, now }: Pick<ActionContext, 'database' | 'settings' | 'now'>,
  subject: UsageSubject,
  id: string | undefined,
  range: UsageRange,
): Promise<Omit<KeyUsage, 'api_key_id'>> {
  const { step, fromMs, toMs } = range
  const counted = new Map(
    (await readUsage(database.reader, subject, id, range)).map((point) => [point.at, point] as const),
  )
  const total = { allowed: 0, refused: 0, limited: 0, fault: 0 }
  for (const { allowed, refused, limited, fault } of counted.values()) {
    total.allowed += allowed
    total.refused += refused
    total.limited += limited
    total.fault += fault
  }
  const steps = Array.from({ length: (toMs - fromMs) / STEP_MS[step] }, (_, i) => fromMs + i * STEP_MS[step])
  const points = steps.map((at) => counted.get(at) ?? { at, allowed: 0, refused: 0, limited: 0, fault: 0 })
  return { step, from: fromMs, to: toMs, kept_from: keptFrom(settings.usage, step, now()), total, points }
}

function keptFrom(retention: Settings['usage'], step: UsageStep, nowMs: number): number {
  const days = { minute: retention.minutesForDays, hour: retention.hoursForDays, day: retention.daysForDays }[step]
  return startOf(nowMs - days * STEP_MS.day, step)
}

import type { Logger } from 'pino'

/** The time between two warnings of one kind, in milliseconds. */
const EVERY_MS = 60_000

/** Writes warnings of one kind, at most one a minute: a full resource stays full for the next requests. */
export function createSeldomWarning(log: Pick<Logger, 'warn'>): (facts: object, message: string) => void {
  let writtenAtMs = Number.NEGATIVE_INFINITY
  return (facts, message) => {
    const nowMs = performance.now()
    if (nowMs - writtenAtMs < EVERY_MS) return
    writtenAtMs = nowMs
    log.warn(facts, message)
  }
}

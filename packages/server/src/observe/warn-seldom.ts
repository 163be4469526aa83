import type { Logger } from 'pino'

/** How often a warning of one kind is written, in milliseconds. */
const EVERY_MS = 60_000

/** Writes warnings of one kind, one a minute at most: what is full once is full for each request that follows. */
export function createSeldomWarning(log: Pick<Logger, 'warn'>): (facts: object, message: string) => void {
  let writtenAtMs = Number.NEGATIVE_INFINITY
  return (facts, message) => {
    const nowMs = performance.now()
    if (nowMs - writtenAtMs < EVERY_MS) return
    writtenAtMs = nowMs
    log.warn(facts, message)
  }
}

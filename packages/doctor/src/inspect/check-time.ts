import type { CauseCode } from '../causes.ts'

/** What is wrong with a timestamp, by arithmetic alone. */
export interface TimeProblem {
  readonly cause: CauseCode
  /** The size and direction, as a sentence. */
  readonly details?: string
}

const QUARTER_HOUR_MS = 15 * 60_000
/** How far from a whole number of quarter hours a wrong time zone may be: latency and a little drift. */
const ZONE_TOLERANCE_MS = 20_000
const MAX_ZONE_MS = 14 * 3_600_000

/**
 * What is wrong with the text of a timestamp header, or with its time if the server's is known; `undefined` if nothing
 * is.
 */
export function checkTimestamp(
  text: string,
  serverTimeMs: number | undefined,
  windowMs: number,
): TimeProblem | undefined {
  const unit = /^\d+$/.test(text) ? UNIT_OF_LENGTH[text.length] : 'timestamp_malformed'
  if (unit !== 'milliseconds') return { cause: unit ?? 'timestamp_malformed', details: digitsOf(text) }
  return serverTimeMs === undefined ? undefined : checkDistance(Number(text), serverTimeMs, windowMs)
}

/** What is wrong with the parameter `created`, in seconds. */
export function checkCreated(
  seconds: number,
  serverTimeMs: number | undefined,
  windowMs: number,
): TimeProblem | undefined {
  if (seconds >= 1e12) return { cause: 'created_in_milliseconds' }
  return serverTimeMs === undefined ? undefined : checkDistance(seconds * 1000, serverTimeMs, windowMs)
}

const UNIT_OF_LENGTH: Readonly<Record<number, CauseCode | 'milliseconds'>> = {
  10: 'timestamp_in_seconds',
  13: 'milliseconds',
  16: 'timestamp_in_microseconds',
  19: 'timestamp_in_nanoseconds',
}

function digitsOf(text: string): string | undefined {
  return /^\d+$/.test(text) && text.length <= 32 ? `It has ${text.length} digits.` : undefined
}

function checkDistance(timeMs: number, serverTimeMs: number, windowMs: number): TimeProblem | undefined {
  const ahead = timeMs - serverTimeMs
  const distance = Math.abs(ahead)
  if (distance <= windowMs) return undefined
  const details = `It is ${durationWords(distance)} ${ahead > 0 ? 'ahead of' : 'behind'} the server's time; ${durationWords(windowMs)} are accepted.`
  const fromZone = Math.abs(distance - Math.round(distance / QUARTER_HOUR_MS) * QUARTER_HOUR_MS)
  const isZone =
    distance > QUARTER_HOUR_MS / 2 && distance < MAX_ZONE_MS + ZONE_TOLERANCE_MS && fromZone <= ZONE_TOLERANCE_MS
  if (isZone) return { cause: 'time_zone', details }
  return { cause: ahead > 0 ? 'clock_ahead' : 'clock_behind', details }
}

/** A length of time in its two largest units: `41 s`, `5 min 2 s`, `3 h 0 min`, `12 d`. */
export function durationWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 120) return `${minutes} min ${seconds % 60} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`
}

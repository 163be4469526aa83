import type { Rotation } from '@countersign/api'
import { percent } from '../../ui/numbers.ts'
import { duration } from '../../ui/times.ts'

/** The requests that the old key of an open rotation still signs. */
export interface OldKeyTraffic {
  /** "12 % of requests in the last hour", "no requests in the 4 min since the rotation began". */
  readonly words: string
  /** The old key's part of the requests of both keys, 0 to 1. */
  readonly share: number
  /** Whether a whole hour was counted and the old key signed nothing in it. */
  readonly isQuiet: boolean
}

/**
 * Reads the traffic of a rotation. The server counts since the rotation began, the last hour at most: a short span without
 * requests says little, so it is named and never counts as quiet.
 *
 * @param nowMs Unix milliseconds
 */
export function oldKeyTraffic({ traffic, started_at: startedAt }: Rotation, nowMs: number): OldKeyTraffic {
  if (!traffic) return { words: 'requests not counted', share: 0, isQuiet: false }
  const { since, old, new: fresh } = traffic
  const isWholeHour = since > startedAt
  const span = isWholeHour
    ? 'in the last hour'
    : `in the ${duration(Math.max(0, nowMs - startedAt))} since the rotation began`
  const share = old + fresh === 0 ? 0 : old / (old + fresh)
  const requests = old + fresh === 0 ? 'no requests' : `${percent(share)} of requests`
  return { words: `${requests} ${span}`, share, isQuiet: isWholeHour && old === 0 }
}

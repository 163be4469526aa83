import type { Rotation } from '@countersign/api'
import { expect, test } from 'vitest'
import { oldKeyTraffic } from './old-key-traffic.ts'

const HOUR = 3_600_000
const STARTED = 1_800_000_000_000

function seen(minutesLater: number, old: number, fresh: number) {
  const nowMs = STARTED + minutesLater * 60_000
  const since = Math.max(STARTED, nowMs - HOUR)
  const total = old + fresh
  const rotation: Rotation = {
    rotation_id: 'r',
    old_api_key_id: 'a',
    new_api_key_id: 'b',
    state: 'open',
    started_at: STARTED,
    deadline: STARTED + 24 * HOUR,
    traffic: { since, old, new: fresh, ...(total > 0 && { old_share: old / total }) },
  }
  const { words, isQuiet } = oldKeyTraffic(rotation, nowMs)
  return [words, isQuiet]
}

test.each([
  [4, 0, 0, 'no requests in the 4 min since the rotation began', false],
  [4, 0, 20, '0 % of requests in the 4 min since the rotation began', false],
  [4, 5, 5, '50 % of requests in the 4 min since the rotation began', false],
  [60, 0, 20, '0 % of requests in the 1 h since the rotation began', false],
  [61, 0, 20, '0 % of requests in the last hour', true],
  [61, 0, 0, 'no requests in the last hour', true],
  [61, 1, 999, 'under 1 % of requests in the last hour', false],
  [61, 12, 88, '12 % of requests in the last hour', false],
])('%d minutes after the start, %d by the old key and %d by the new one', (minutes, old, fresh, words, isQuiet) => {
  expect(seen(minutes, old, fresh)).toEqual([words, isQuiet])
})

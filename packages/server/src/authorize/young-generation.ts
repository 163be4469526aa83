import { setFlagsFromString } from 'node:v8'

/**
 * What a data-plane thread allocates between two collections of its young objects, in MiB. A decision makes 11 KB of them, which
 * nothing outlives: more room makes collections seldom, and each of a flood's longer (docs/decisions/030).
 */
const YOUNG_MIB = 4

/** Starts threads that collect young objects that seldom; those that others start meanwhile do so too. */
export async function withRoomForYoung<Started>(start: () => Promise<Started>): Promise<Started> {
  // V8 reads this when a thread makes its heap. `resourceLimits` sets only how far that may grow with what survives.
  if (starts++ === 0) setFlagsFromString(`--min-semi-space-size=${YOUNG_MIB}`)
  try {
    return await start()
  } finally {
    if (--starts === 0) setFlagsFromString('--min-semi-space-size=0')
  }
}

/** Starts under way: the flag is one for the whole process. */
let starts = 0

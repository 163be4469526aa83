import { setFlagsFromString } from 'node:v8'

/**
 * What a data-plane thread allocates between two collections of its young objects, in MiB. A decision makes 11 KB of them and
 * none outlives it, so a collection costs the same however seldom it comes: with V8's own 2 it came every 180 requests.
 */
const YOUNG_MIB = 4

/** Starts threads that collect young objects that seldom; those that others start meanwhile do so too. */
export async function withRoomForYoung<Started>(start: () => Promise<Started>): Promise<Started> {
  // V8 reads this when a thread makes its heap. `resourceLimits` sets only how far it may grow by itself, which it never does here.
  setFlagsFromString(`--min-semi-space-size=${YOUNG_MIB}`)
  try {
    return await start()
  } finally {
    setFlagsFromString('--min-semi-space-size=0')
  }
}

import { setFlagsFromString } from 'node:v8'

/**
 * How much a data-plane thread allocates between two collections of its young objects, in MiB. A decision makes 11 KB
 * of objects, and none outlives it. With more room collections are rarer, but each takes longer in a flood
 * (docs/decisions/030).
 */
const YOUNG_MIB = 4

/** Starts threads with this room for young objects. Other threads that start meanwhile get it too. */
export async function withYoungGeneration<Started>(start: () => Promise<Started>): Promise<Started> {
  // V8 reads the flag when a thread makes its heap. `resourceLimits` only bounds how far that may grow by survivors.
  if (starts++ === 0) setFlagsFromString(`--min-semi-space-size=${YOUNG_MIB}`)
  try {
    return await start()
  } finally {
    if (--starts === 0) setFlagsFromString('--min-semi-space-size=0')
  }
}

/** Starts under way: the process has one flag. */
let starts = 0

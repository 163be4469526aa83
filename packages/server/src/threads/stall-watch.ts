/** Judges readings of a thread's beats, taken at equal intervals: whether so many in a row were the same. */
export type StallWatch = (beats: number, maxEqual: number) => boolean

/**
 * Sees that another thread's event loop stands still. It counts readings and not time: a reader that lags itself, or a process
 * that was stopped as a whole, reads late but not often, and takes nobody for stalled.
 */
export function createStallWatch(): StallWatch {
  let last = -1
  let equal = 0
  return (beats, maxEqual) => {
    equal = beats === last ? equal + 1 : 0
    last = beats
    return equal >= maxEqual
  }
}

/** Judges readings of a thread's beats, taken at equal intervals: whether too many in a row were equal. */
export type StallWatch = (beats: number, maxEqual: number) => boolean

/**
 * Detects that another thread's event loop has stalled. It counts readings, not time: a reader that lags, or a process
 * that was stopped as a whole, reads late but not often, and takes no thread for stalled.
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

/** How many deaths of threads are tolerated. */
export interface DeathLimitOptions {
  readonly maxDeaths: number
  readonly withinMs: number
}

/** Counts a death. Returns whether there were too many for new starts to help. */
export type DeathLimit = (nowMs: number) => boolean

/** A limit for the threads of one kind, by a monotonic clock. */
export function createDeathLimit({ maxDeaths, withinMs }: DeathLimitOptions): DeathLimit {
  let deaths: number[] = []
  return (nowMs) => {
    deaths = [...deaths.filter((at) => nowMs - at < withinMs), nowMs]
    return deaths.length >= maxDeaths
  }
}

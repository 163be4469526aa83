/** How many deaths of threads are put up with. */
export interface DeathLimitOptions {
  readonly maxDeaths: number
  readonly withinMs: number
}

/** Counts a death; whether that makes so many within the time that starting threads again does not help. */
export type DeathLimit = (nowMs: number) => boolean

/** A limit for the threads of one kind. Its times come from a clock that never goes back. */
export function createDeathLimit({ maxDeaths, withinMs }: DeathLimitOptions): DeathLimit {
  let deaths: number[] = []
  return (nowMs) => {
    deaths = [...deaths.filter((at) => nowMs - at < withinMs), nowMs]
    return deaths.length >= maxDeaths
  }
}

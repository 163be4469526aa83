/** Runs a task when there is room for it; `'busy'` if too many wait already. */
export type Limited = <Result>(task: () => Promise<Result>) => Promise<Result | 'busy'>

/** Bounds how many tasks run and how many wait, first come, first served. */
export function limitConcurrency(maxRunning: number, maxWaiting: number): Limited {
  const waiting: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running < maxRunning) running++
    else if (waiting.length >= maxWaiting) return 'busy'
    else await new Promise<void>((start) => waiting.push(start))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

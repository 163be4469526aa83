const TICKS = 10

/**
 * The answer, or `'late'` where it does not come in time. The time counts in ticks of a tenth, at most one a turn of the event
 * loop: a loop that was busy reads what has arrived before it may call the answer late.
 */
export function inTime<Answer>(answer: Promise<Answer>, limitMs: number): Promise<Answer | 'late'> {
  return new Promise((resolve, reject) => {
    let left = TICKS
    const ticking = setInterval(() => {
      if (--left > 0) return
      clearInterval(ticking)
      resolve('late')
    }, limitMs / TICKS)
    answer.then(resolve, reject).finally(() => clearInterval(ticking))
  })
}

const TICKS = 10

/**
 * The answer, or `'late'` if it does not come in time. Time is counted in ticks of a tenth, at most one for each turn
 * of the event loop. So a busy loop reads what has arrived before the answer counts as late.
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

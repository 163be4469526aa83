/**
 * Answers of a function that is costly and that anybody may have called: one call is under way at a time, and what it gave is given
 * to everyone for so long. A call that fails is not kept.
 *
 * @param forMs how long an answer is kept, in milliseconds
 * @param now Unix milliseconds, or any clock of milliseconds
 */
export function keepFor<Value>(forMs: number, compute: () => Promise<Value>, now: () => number): () => Promise<Value> {
  let kept: { readonly value: Promise<Value>; readonly isOver: () => boolean } | undefined
  return () => {
    if (kept && !kept.isOver()) return kept.value
    let doneAtMs: number | undefined
    const value = compute()
    const entry = { value, isOver: () => doneAtMs !== undefined && Math.abs(now() - doneAtMs) >= forMs }
    kept = entry
    value.then(
      () => {
        doneAtMs = now()
      },
      () => {
        if (kept === entry) kept = undefined
      },
    )
    return value
  }
}

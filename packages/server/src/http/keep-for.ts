/**
 * Shares the answers of a costly function that anyone may cause: one call is under way at a time, and its answer is
 * reused for this time. A failed call is not kept.
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

/** The parameters that both databases accept. */
export type StorableValue = string | number | Uint8Array | null

/** A value that one of the databases could not store exactly. Callers validate before; this is the last check. */
export class UnstorableValueError extends TypeError {
  override readonly name = 'UnstorableValueError'
  readonly code = 'ERR_UNSTORABLE_VALUE'
}

/**
 * Refuses every parameter that would be stored changed, or stored by one database and refused by the other: text with
 * NUL (PostgreSQL has none) or a lone surrogate (becomes U+FFFD), numbers that are no safe integer (NaN becomes NULL in
 * SQLite), `undefined`, booleans, dates.
 *
 * @throws {UnstorableValueError} which never repeats the value.
 */
export function assertStorable(parameters: readonly unknown[]): asserts parameters is readonly StorableValue[] {
  for (const value of parameters) {
    const problem = problemOf(value)
    if (problem) throw new UnstorableValueError(`the database cannot hold ${problem}`)
  }
}

function problemOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'text with a NUL character'
    return value.isWellFormed() ? undefined : 'text with a lone surrogate'
  }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? undefined : 'a number that is no safe integer'
  return value === null || value instanceof Uint8Array ? undefined : `a value of type ${typeof value}`
}

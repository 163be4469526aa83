/**
 * Whether a fault means that the database does not answer for now: not reachable, shutting down, out of connections or
 * disk, too slow, locked by others. The server answers such a fault with 503 instead of 500.
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  if (code === 'ERR_SQLITE_ERROR') return typeof errcode === 'number' && SQLITE_UNAVAILABLE.has(errcode & 0xff)
  if (typeof code === 'string') {
    return isContention(error) || NETWORK_UNAVAILABLE.has(code) || POSTGRES_UNAVAILABLE.test(code)
  }
  return DRIVER_UNAVAILABLE.test(error.message)
}

/** Whether PostgreSQL aborted a transaction because of others beside it: repeating it is safe and likely to succeed. */
export function isContention(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CONTENTION.has(error.code)
}

/** serialization_failure, deadlock_detected, lock_not_available */
const CONTENTION: ReadonlySet<unknown> = new Set(['40001', '40P01', '55P03'])

/**
 * Connection exceptions (08), insufficient resources (53), system errors (58), shut down or starting (57P0x),
 * statement or session timed out (57014, 25P03, 25P04), read-only after a failover (25006).
 */
const POSTGRES_UNAVAILABLE = /^(?:08...|53...|58...|57P0[1-5]|57014|25P0[34]|25006)$/

/** SQLITE_BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL (primary codes) */
const SQLITE_UNAVAILABLE: ReadonlySet<number> = new Set([5, 6, 8, 10, 13, 14, 15])

const NETWORK_UNAVAILABLE: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

/** The faults of `pg` and `pg-pool` that carry no code. */
const DRIVER_UNAVAILABLE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|too many callers wait for a database connection|Client (?:has encountered a connection error|was closed) and is not queryable)/

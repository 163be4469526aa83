import { ConfigError } from './config-error.ts'
import type { Settings } from './settings.ts'

/** The PostgreSQL connections of a process. Threads cannot share one, so each part has its own. */
export interface SharedConnections {
  /** Of changes, lists and usage, in the main thread. */
  readonly main: number
  /** Of the look-ups of keys, in each thread that decides. It has one more, for key changes alone. */
  readonly lookups: number
}

/** A thread gets two connections for look-ups if the main thread keeps so many. */
const ENOUGH = 4
const FEED = 1
const LEAST_OF_MAIN = 2
const DEFAULT_CONNECTIONS = 20

/**
 * Shares the connections that this process may open. All parts together never open more.
 *
 * @throws {ConfigError} when there are too few for so many threads
 */
export function shareConnections({ database, plane, workers }: Settings): SharedConnections {
  const threads = (plane === 'control' ? 0 : workers) + (plane === 'data' ? 0 : 1)
  const least = threads * (FEED + 1) + LEAST_OF_MAIN
  const { maxConnections = Math.max(DEFAULT_CONNECTIONS, least) } = database
  if (maxConnections < least) {
    throw new ConfigError([`database.maxConnections: must be at least ${least} with ${threads} threads that decide`])
  }
  const lookups = maxConnections - threads * (FEED + 2) >= ENOUGH ? 2 : 1
  return { lookups, main: maxConnections - threads * (FEED + lookups) }
}

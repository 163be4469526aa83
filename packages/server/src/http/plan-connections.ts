import type { Settings } from '../config/settings.ts'

/** How many descriptors each thread needs beside its connections: databases, its event loop, messages. */
const PER_THREAD = 32

/**
 * How many descriptors the process needs beside those of its threads: the log, files that are open for a moment, the
 * PostgreSQL pool.
 */
const OF_PROCESS = 64

/** The least connections of a plane, however few descriptors there are. */
const LEAST = 16

/** The connections of both planes, and what differs from the settings. */
export interface PlannedConnections {
  readonly connections: Settings['connections']
  /** A message for the operator; absent if the settings are unchanged. */
  readonly note?: string
}

/**
 * Fits the connections of both planes into the descriptors of the process, so that a full plane leaves the other its
 * own. If there are too few, each plane gets less in proportion.
 *
 * @param openFiles the process's limit of descriptors; absent if there is none or it cannot be read
 */
export function planConnections(
  { connections, plane, workers }: Pick<Settings, 'connections' | 'plane' | 'workers'>,
  openFiles: number | undefined,
): PlannedConnections {
  const control = plane === 'data' ? 0 : connections.control
  const data = plane === 'control' ? 0 : connections.data
  const threads = 1 + (data > 0 ? workers : 0)
  const room = (openFiles ?? Number.POSITIVE_INFINITY) - OF_PROCESS - threads * PER_THREAD
  if (control + data <= room) return { connections }
  const shareOf = (wanted: number) => Math.max(LEAST, Math.floor((wanted * room) / (control + data)))
  const fitted = { ...connections, control: shareOf(connections.control), data: shareOf(connections.data) }
  const counts = [control && `${fitted.control} control`, data && `${fitted.data} data`].filter(Boolean)
  return {
    connections: fitted,
    note: `The limit of ${openFiles} open files leaves connections for ${counts.join(' and ')}; raise it (ulimit -n, LimitNOFILE=) for more`,
  }
}

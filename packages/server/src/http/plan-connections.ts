import type { Settings } from '../config/settings.ts'

/** Descriptors that each thread has beside its connections: databases, its event loop, messages. */
const PER_THREAD = 32

/** Descriptors of the process beside those of its threads: the log, files that are open for a moment, the PostgreSQL pool. */
const OF_PROCESS = 64

/** What a plane has at least, however few descriptors there are. */
const LEAST = 16

/** The connections of both planes, and what had to be changed of the settings. */
export interface PlannedConnections {
  readonly connections: Settings['connections']
  /** What to tell the operator; absent where the settings stay as they are. */
  readonly note?: string
}

/**
 * Fits the connections of both planes into the descriptors of the process, so that a full plane leaves the other its own. Where
 * there are too few, each plane gets less in proportion.
 *
 * @param openFiles the limit of descriptors of the process; absent where it has none or cannot be read
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

import type { RedisLink } from './redis-link.ts'

/** The servers of an admission: one, or the masters of a cluster. */
export interface Servers {
  /** The server of a slot; `undefined` while a cluster has none for it. */
  of(slot: number): RedisLink | undefined
  readonly links: readonly RedisLink[]
  /**
   * Looks where slots are now, because a server said that one has moved.
   *
   * @param movedTo the server that it named, as `host:port`: the others may not know yet
   */
  lookAgain(movedTo?: string): Promise<void>
  /** What happens once a second on all servers; for tests. */
  tick(): Promise<void>
  close(): Promise<void>
}

import type { KeyChange } from '../storage/key-changes.ts'

/** The last changes that this process's key feed read, for streams that follow it; bounded. */
export interface KeyChangeLog {
  /** The place of the newest change; `undefined` before the first read. */
  readonly position: number | undefined
  /**
   * When the last good read began, by `performance.now()`: everything that was committed before is up to `position`.
   */
  readonly readAtMs: number
  /** The changes after `seq` up to `position`, in order; `undefined` if some are no longer held. */
  after(seq: number): readonly KeyChange[] | undefined
  /** Settles after a later read than the one that began then, or when the signal aborts. */
  readingAfter(readAtMs: number, signal: AbortSignal): Promise<void>
  /** Adds changes that follow the position. */
  add(changes: readonly KeyChange[]): void
  /** Continues from another position: the changes between are unknown. */
  restart(position: number): void
  /** A read that began then is complete. */
  wasRead(startedAtMs: number): void
}

/** An empty log for this many changes. */
export function createKeyChangeLog(maxChanges = 10_000): KeyChangeLog {
  let held: KeyChange[] = []
  let position: number | undefined
  let readAtMs = Number.NEGATIVE_INFINITY
  const waiting = new Set<() => void>()

  return {
    get position() {
      return position
    },
    get readAtMs() {
      return readAtMs
    },
    after(seq) {
      if (position === undefined || seq > position || seq < position - held.length) return undefined
      return seq === position ? [] : held.slice(seq - position)
    },
    readingAfter(seenMs, signal) {
      return new Promise((resolve) => {
        if (signal.aborted || readAtMs > seenMs) return resolve()
        const done = () => {
          signal.removeEventListener('abort', done)
          waiting.delete(done)
          resolve()
        }
        signal.addEventListener('abort', done)
        waiting.add(done)
      })
    },
    add(changes) {
      held = [...held, ...changes].slice(-maxChanges)
      position = changes.at(-1)?.seq ?? position
    },
    restart(latest) {
      held = []
      position = latest
    },
    wasRead(startedAtMs) {
      readAtMs = startedAtMs
      for (const done of [...waiting]) done()
    },
  }
}

import type { KeyChange } from '../storage/key-changes.ts'

/** What the key feed of this process read last, for those who follow it from here on; bounded. */
export interface KeyChangeLog {
  /** The place of the newest change that was read; `undefined` before the first reading. */
  readonly position: number | undefined
  /** When the last good reading began, on the clock of `performance.now()`: what was committed before is up to `position`. */
  readonly readAtMs: number
  /** The changes after `seq` up to `position`, in order; `undefined` where not all of them are held here. */
  after(seq: number): readonly KeyChange[] | undefined
  /** Settles once there is a later reading than the one that began then, or the signal aborted. */
  readingAfter(readAtMs: number, signal: AbortSignal): Promise<void>
  /** Takes changes that follow the position. */
  add(changes: readonly KeyChange[]): void
  /** Goes on from another position: what was between is not known. */
  restart(position: number): void
  /** A reading that began then is complete. */
  wasRead(startedAtMs: number): void
}

/** An empty log that holds so many changes. */
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

import type { Io } from '../io.ts'
import type { Terminal } from './terminal.ts'

/** Shows the progress of a long task, on a terminal only, and removes it at the end. */
export interface Progress {
  tell(done: number, total: number): void
  end(): void
}

const BAR_WIDTH = 10
/** Milliseconds before the first line: a shorter task needs none. */
const QUIET_MS = 1_000

/** `exporting ██████░░░░  62 %  11,204 of 18,204  9 s left`, on standard error. */
export function createProgress(word: string, { style, json }: Terminal, { stderr, now }: Io): Progress {
  const startedAt = now()
  const isShown = stderr.isTTY && !json
  let hasLine = false
  return {
    tell(done, total) {
      const elapsed = now() - startedAt
      if (!isShown || elapsed < QUIET_MS || total === 0) return
      const filled = Math.floor((done / total) * BAR_WIDTH)
      const bar = style.signs.bar.repeat(filled) + style.signs.barEmpty.repeat(BAR_WIDTH - filled)
      const percent = String(Math.floor((done / total) * 100)).padStart(3)
      const left = Math.ceil((elapsed * (total - done)) / Math.max(1, done) / 1000)
      const figures = `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`
      stderr.write(`\r\u001b[K${word} ${bar} ${percent} %  ${figures}  ${left} s left`)
      hasLine = true
    },
    end() {
      if (hasLine) stderr.write('\r\u001b[K')
    },
  }
}

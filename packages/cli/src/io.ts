import type { ServerModule } from './server-module.ts'

/** A stream that text is written to. */
export interface Sink {
  readonly isTTY: boolean
  /** Characters in a line of the terminal. */
  readonly columns?: number | undefined
  write(text: string | Uint8Array): void
}

/** Everything outside of the program. `main.ts` passes the real one; tests pass their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The user's home folder. */
  readonly home: string
  readonly platform: string
  readonly stdin: { readonly isTTY: boolean; read(): Promise<string> }
  readonly stdout: Sink
  readonly stderr: Sink
  readonly fetch: typeof globalThis.fetch
  /** Unix milliseconds. */
  readonly now: () => number
  /** Aborted at the first Ctrl-C. */
  readonly interrupted: AbortSignal
  /** Asks a yes-or-no question on the terminal; no if it was cancelled. */
  confirm(question: string): Promise<boolean>
  /** Asks for a line of text on the terminal; `undefined` if it was cancelled. */
  ask(question: string): Promise<string | undefined>
  /** Loads the server. This is slow, so only commands that need it do so. */
  loadServer(): Promise<ServerModule>
  /** The folder of `data/` if no database is named: the repository, or the working folder. */
  readonly baseFolder: string
}

/** Whether a person can answer. */
export function canAsk(io: Io): boolean {
  return io.stdin.isTTY && io.stderr.isTTY
}

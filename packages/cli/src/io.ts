import type { ServerModule } from './server-module.ts'

/** A stream that text is written to. */
export interface Sink {
  readonly isTTY: boolean
  /** Characters in a line of the terminal. */
  readonly columns?: number | undefined
  write(text: string | Uint8Array): void
}

/** Everything outside of the program: `main.ts` hands in the real one, tests one of their own. */
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
  /** Asks a yes-or-no question on the terminal; no where it was cancelled. */
  confirm(question: string): Promise<boolean>
  /** Asks for a line of text on the terminal; `undefined` where it was cancelled. */
  ask(question: string): Promise<string | undefined>
  /** Loads the server: heavy, so only where a command runs it. */
  loadServer(): Promise<ServerModule>
  /** Holds `data/` where no database is named: the repository, or the working folder. */
  readonly baseFolder: string
}

/** Whether a person is there to answer. */
export function canAsk(io: Io): boolean {
  return io.stdin.isTTY && io.stderr.isTTY
}

/** The fields of an error on the command line. */
export interface CliErrorFacts {
  /** Stable code, for `--json`. */
  readonly code: string
  /** One line without an end mark. */
  readonly message: string
  readonly why?: string | undefined
  /** What to do about it: a command if there is one. */
  readonly fix: string
  /** 1: refused or failed. 2: wrong usage. */
  readonly exitCode?: 1 | 2
  /** More fields of the JSON form. */
  readonly facts?: Readonly<Record<string, unknown>>
}

/** An error that says what happened, why, and what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: string
  readonly why: string | undefined
  readonly fix: string
  readonly exitCode: 1 | 2
  readonly facts: Readonly<Record<string, unknown>>

  constructor({ code, message, why, fix, exitCode = 1, facts = {} }: CliErrorFacts) {
    super(message)
    this.code = code
    this.why = why
    this.fix = fix
    this.exitCode = exitCode
    this.facts = facts
  }
}

/** A wrong command line. */
export function usageError(message: string, fix: string, why?: string): CliError {
  return new CliError({ code: 'usage', message, why, fix, exitCode: 2 })
}

import { ApiError, RedirectRefused, UnusableKeyError } from '@countersign/client'
import { PrivateKeyError } from '@countersign/protocol'
import { CliError } from './cli-error.ts'
import { fixOfRefusal } from './fix-of-refusal.ts'

/** Mistakes in settings that the server names when it starts: wrong usage, not a failure. */
const SETTING_ERRORS = ['ConfigError', 'DatabaseUrlError']

/** Any thrown value as an error that says what to do. */
export function describeError(error: unknown): CliError {
  if (error instanceof CliError) return error
  if (error instanceof ApiError) return describeRefusal(error)
  if (error instanceof PrivateKeyError) return privateKeyError(`private_key_${error.code}`, error.message)
  if (error instanceof UnusableKeyError) return privateKeyError('private_key_unusable', error.message)
  if (error instanceof RedirectRefused) {
    const fix = 'give the final URL, which does not redirect, with --url'
    return new CliError({ code: 'redirect_refused', message: error.message, fix })
  }
  return error instanceof Error ? describeFault(error) : describeFault(new Error(String(error)))
}

function describeRefusal(error: ApiError): CliError {
  const { status, code, details, diagnosis, requestId, retryAfterSeconds } = error
  return new CliError({
    code,
    message: error.message,
    why: details,
    fix: diagnosis?.hint ?? fixOfRefusal(error),
    facts: {
      status,
      details,
      diagnosis,
      request_id: requestId,
      retry_after_seconds: retryAfterSeconds,
    },
  })
}

function privateKeyError(code: string, message: string): CliError {
  return new CliError({ code, message, fix: 'name the file that the private key was saved to with --key-file' })
}

function describeFault(error: Error): CliError {
  const { name, message } = error
  if ('fix' in error && typeof error.fix === 'string') return new CliError({ code: 'refused', message, fix: error.fix })
  if (SETTING_ERRORS.includes(name)) {
    const problems = problemsOf(error)
    const fix = problems.length > 0 ? 'countersign config check' : 'countersign serve --help'
    if (problems.length < 2) return new CliError({ code: 'usage', message, fix, exitCode: 2 })
    return new CliError({
      code: 'usage',
      message: `${problems.length} settings cannot be used`,
      fix,
      exitCode: 2,
      facts: { problems },
    })
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'internal_error'
  return new CliError({
    code: code.toLowerCase(),
    message,
    fix: FIXES[code] ?? 'run it again; if it stays, report it with its message',
  })
}

/** All problems of the settings, if the error lists them. */
export function problemsOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.name !== 'ConfigError') return []
  return 'problems' in error && Array.isArray(error.problems) ? error.problems.map(String) : [error.message]
}

const FIXES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'stop what listens there, or choose other ports: --port (control plane), --authorize-port (data plane)',
  EACCES: 'use a place or a port that this user may use',
  ERR_DATABASE_TOO_NEW: 'install the version of Countersign that made the database, or a later one',
  ECONNREFUSED: 'start the database, or name another with --database',
}

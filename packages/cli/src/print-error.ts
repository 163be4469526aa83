import type { CliError } from './cli-error.ts'
import type { Io } from './io.ts'
import { styleOf } from './terminal/style.ts'
import { labelled, type OutputOptions } from './terminal/terminal.ts'
import { escapeUntrusted, escapeUntrustedJson } from './terminal/untrusted.ts'

/** Writes an error to standard error: for people, or as one JSON document. */
export function printError(error: CliError, { stderr, env }: Io, { json = false, color = true }: OutputOptions): void {
  const { code, message, why, fix, facts } = error
  if (json) {
    stderr.write(`${escapeUntrustedJson(JSON.stringify({ error: { code, message, fix, ...facts } }))}\n`)
    return
  }
  const style = styleOf(stderr, env, color)
  const rows: [string, string][] = [['fix', style.next(escapeUntrusted(fix))]]
  if (why !== undefined) rows.unshift(['why', escapeUntrusted(why)])
  if (Array.isArray(facts.problems)) {
    rows.unshift(
      ...facts.problems.map((problem, i): [string, string] => [`${i + 1}`, escapeUntrusted(String(problem))]),
    )
  }
  stderr.write(`${style.error('error:')} ${escapeUntrusted(headline(error))}\n${labelled(rows)}`)
}

/** A refusal of the server shows its code and status too. */
function headline({ code, message, facts }: CliError): string {
  if (typeof facts.status !== 'number') return message
  return code === message ? `${code} (${facts.status})` : `${message} (${facts.status} ${code})`
}

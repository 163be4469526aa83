import { usageError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import type { Io } from '../io.ts'
import { parseName } from '../option-values.ts'
import { labelled, type OutputOptions, openTerminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface LinkOptions extends OutputOptions {
  readonly account?: string
  readonly operator?: boolean
  readonly readOnly?: boolean
  readonly database?: string
}

/** `link`: makes a sign-in link for the dashboard, on the database directly. */
export function addLinkCommand(parent: CliCommand, io: Io): void {
  parent
    .command('link')
    .description('print a sign-in link for the dashboard: works once, within ten minutes')
    .option('--account <name>', 'account that the link signs in to', parseName)
    .option('--operator', 'give power over every account')
    .option('--read-only', 'the session may look, and change nothing')
    .option(
      '--database <url>',
      'sqlite:PATH or postgres://… (COUNTERSIGN_DATABASE_URL, else sqlite:data/countersign.db)',
    )
    .action(async (_: unknown, command: CliCommand) => link(command.optsWithGlobals(), io))
}

async function link(options: LinkOptions, io: Io): Promise<void> {
  const { account, operator = false, readOnly = false } = options
  if (account === undefined && !operator) {
    throw usageError('a link is for somebody', 'countersign link --account NAME, or countersign link --operator')
  }
  if (operator && readOnly) {
    throw usageError('--operator and --read-only exclude each other', 'leave one of them out')
  }
  if (options.json || !io.stdout.isTTY) {
    const why = 'Whoever reads the link first is signed in, so it is never written to a file or a pipe.'
    throw usageError('a sign-in link is printed to a terminal only', 'run it in a terminal, without --json', why)
  }
  const server = await io.loadServer()
  const settings = await server.readSettings(io.env, { databaseUrl: options.database }, io.baseFolder)
  const made = await server.linkOnDatabase(settings, {
    accountName: account,
    isOperator: operator,
    isReadOnly: readOnly,
  })
  const { style, note, print } = openTerminal(io, options)
  const { signs, bold, next } = style
  note(`Database: ${escapeUntrusted(made.location)}\n`)
  const minutes = Math.max(1, Math.round((made.expiresAt - io.now()) / 60_000))
  print(`${signs.good} Sign-in link for ${bold(escapeUntrusted(made.account.name))}\n`)
  print(
    labelled([
      ['may', operator ? `${made.scopes.join(', ')}: power over every account` : made.scopes.join(', ')],
      ['ends', `in ${minutes} min, works once: whoever opens it first is signed in`],
      ['open', next(made.url)],
    ]),
  )
}

import type { AccountAuditEvent, AuditChain } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import type { Io } from '../io.ts'
import type { ConnectionOptions } from '../settings.ts'
import { shortId } from '../short-id.ts'
import { addSigningOptions, requireMessageSignatures } from '../signing-options.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/time.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface ListOptions extends ConnectionOptions, OutputOptions {
  readonly all?: true
  readonly action?: string
  readonly key?: string
  readonly limit?: string
}

/** `audit list`: the newest events. */
export function addAuditListCommand(parent: CliCommand, io: Io): void {
  addSigningOptions(parent.command('list'))
    .description("the newest changes of the account and its keys; of all accounts with --all and an operator's key")
    .option('--all', 'of all accounts, for operators')
    .option('--action <name>', 'only these: key.revoked, or key for all of keys')
    .option('--key <id>', 'only of this key')
    .option('--limit <n>', 'how many, 1 to 500 (20)')
    .action(async (_: unknown, command: CliCommand) => listEvents(command.optsWithGlobals(), io))
}

async function listEvents({ all, action, key, limit = '20', ...options }: ListOptions, io: Io): Promise<void> {
  const terminal = openTerminal(io, options)
  const { client, call } = await connect(requireMessageSignatures(options), io)
  const query = { limit, action, api_key_id: key }
  const whole = all ? await call(calls.listAuditEvents, { query }) : undefined
  const page = whole ?? (await client.listAuditEvents(query))
  if (terminal.json) {
    terminal.printJson(page)
    return
  }
  if (whole) terminal.note(chainWords(whole.chain, terminal))
  if (page.events.length === 0) terminal.note('No event matches.\n')
  else terminal.print(renderTable(columnsOf(page.events, terminal), terminal.style.bold, terminal.fit))
}

/** The state of the chain in one line. */
function chainWords({ state, events, broken_at, fault, published_to }: AuditChain, { style }: Terminal): string {
  const { good, warning, bad } = style.signs
  if (state === 'broken') return `${bad} Chain broken at event ${broken_at}: ${fault}. countersign audit verify\n`
  if (state === 'unchecked') return `${warning} Chain not checked yet.\n`
  if (published_to.length > 0)
    return `${good} Chain whole, ${events} events, head published to ${published_to.join(' and ')}\n`
  return `${warning} Chain whole, ${events} events. No head is published outside the database: a cut-off tail could not be seen.\n`
}

function columnsOf(events: readonly AccountAuditEvent[], { style, fit }: Terminal): Column[] {
  const idOf = (id: string | undefined) => (id === undefined ? '' : escapeUntrusted(fit ? shortId(id) : id))
  return [
    { heading: 'TIME', cells: events.map(({ at }) => formatTime(at, fit !== undefined)) },
    { heading: 'ACTION', cells: events.map(({ action }) => escapeUntrusted(action)), mark: style.bold },
    { heading: 'KEY', cells: events.map(({ api_key_id }) => idOf(api_key_id)) },
    { heading: 'ACCOUNT', cells: events.map(({ account_id }) => idOf(account_id)) },
    {
      heading: 'BY',
      cells: events.map(({ actor }) => `${escapeUntrusted(actor.type)} ${idOf(actor.api_key_id)}`.trim()),
    },
    { heading: 'FROM', cells: events.map(({ actor }) => escapeUntrusted(actor.ip ?? '')) },
    { heading: 'REASON', cells: events.map(({ reason }) => escapeUntrusted(reason ?? '')), maxWidth: 40 },
  ]
}

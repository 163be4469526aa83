import type { ApiKey } from '@countersign/api'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import type { Io } from '../io.ts'
import type { ConnectionOptions } from '../settings.ts'
import { shortId } from '../short-id.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

const MAX_NAME_WIDTH = 32

/** `keys list` */
export function addKeysListCommand(parent: CliCommand, io: Io): void {
  parent
    .command('list')
    .description("list the account's keys")
    .action(async (_: unknown, command: CliCommand) => listKeys(command.optsWithGlobals(), io))
}

async function listKeys(options: ConnectionOptions & OutputOptions, io: Io): Promise<void> {
  const terminal = openTerminal(io, options)
  const { client } = await connect(options, io)
  const keys = await client.listKeys()
  if (terminal.json) terminal.printJson({ api_keys: keys })
  else if (keys.length === 0) terminal.note('No keys yet. Make one: countersign keys generate --name NAME --out FILE\n')
  else terminal.print(renderTable(columnsOf(keys, terminal), terminal.style.bold, terminal.fit))
}

/** On a terminal ids are short; in a pipe they are whole. */
function columnsOf(keys: readonly ApiKey[], { style, fit }: Terminal): Column[] {
  const idOf = ({ api_key_id: id }: ApiKey) => escapeUntrusted(fit ? shortId(id) : id)
  return [
    {
      heading: 'NAME',
      cells: keys.map(({ name }) => escapeUntrusted(name)),
      maxWidth: MAX_NAME_WIDTH,
      mark: style.bold,
    },
    { heading: 'KEY ID', cells: keys.map(idOf) },
    { heading: 'SCOPES', cells: keys.map(({ scopes }) => escapeUntrusted(scopes.join(', '))) },
    {
      heading: 'SUB-ACCOUNT',
      cells: keys.map(({ subaccount }) => (subaccount === undefined ? 'none' : String(subaccount))),
    },
  ]
}

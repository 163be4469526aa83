import type { ApiKey } from '@countersign/api'
import { CliError, usageError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import { checkIdPrefix, findKeyByPrefix } from '../find-key.ts'
import { canAsk, type Io } from '../io.ts'
import type { ConnectionOptions } from '../settings.ts'
import { SHORT_ID_LENGTH, shortId } from '../short-id.ts'
import { labelled, type OutputOptions, openTerminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface DeleteOptions extends ConnectionOptions, OutputOptions {
  readonly yes?: boolean
}

/** `keys delete ID`. It is final, so the command asks for the short id. */
export function addKeysDeleteCommand(parent: CliCommand, io: Io): void {
  parent
    .command('delete')
    .description('delete a key; it stops working at once')
    .argument('<id>', `key id, or a unique prefix of ${SHORT_ID_LENGTH} characters or more`)
    .option('--yes', 'do not ask')
    .action(async (id: string, _: unknown, command: CliCommand) => deleteKey(id, command.optsWithGlobals(), io))
}

async function deleteKey(id: string, options: DeleteOptions, io: Io): Promise<void> {
  checkIdPrefix(id)
  if (!options.yes && !canAsk(io)) {
    throw usageError(
      'deleting a key is final and must be confirmed on a terminal',
      `countersign keys delete ${id} --yes`,
    )
  }
  const terminal = openTerminal(io, options)
  const { client, keyId } = await connect(options, io)
  const key = findKeyByPrefix(id, await client.listKeys())
  if (!options.yes) await confirm(key, keyId, io)
  await client.deleteKey(key.api_key_id)
  if (terminal.json) {
    terminal.printJson({ api_key_id: key.api_key_id })
    return
  }
  const { signs, bold } = terminal.style
  const rows = labelled([['key id', escapeUntrusted(key.api_key_id)]])
  terminal.print(`${signs.good} Key ${bold(escapeUntrusted(key.name))} deleted\n${rows}`)
}

async function confirm({ api_key_id: id, name }: ApiKey, ownId: string, io: Io): Promise<void> {
  const own = id === ownId ? ', the key that this command signs with,' : ''
  io.stderr.write(`Key ${escapeUntrusted(name)} (${escapeUntrusted(id)})${own} stops working at once. This is final.\n`)
  const answer = await io.ask(`Type ${shortId(id)} to delete this key`)
  if (answer?.trim() === shortId(id)) return
  throw new CliError({ code: 'declined', message: 'no key was deleted', fix: `type ${shortId(id)} when asked` })
}

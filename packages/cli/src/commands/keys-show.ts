import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import { checkIdPrefix, fetchKey } from '../find-key.ts'
import type { Io } from '../io.ts'
import { ANY_ACCOUNT, type AnyAccountOption, keyCallsOf } from '../key-calls.ts'
import { keyReport } from '../key-report.ts'
import type { ConnectionOptions } from '../settings.ts'
import { SHORT_ID_LENGTH } from '../short-id.ts'
import { requireMessageSignatures } from '../signing-options.ts'
import { type OutputOptions, openTerminal } from '../terminal/terminal.ts'

/** `keys show ID`: all details of one key. */
export function addKeysShowCommand(parent: CliCommand, io: Io): void {
  parent
    .command('show')
    .description('all that is known of one key')
    .argument('<id>', `key id, or a unique prefix of ${SHORT_ID_LENGTH} characters or more`)
    .option(...ANY_ACCOUNT)
    .action(async (id: string, _: unknown, command: CliCommand) => showKey(id, command.optsWithGlobals(), io))
}

type Options = ConnectionOptions & OutputOptions & AnyAccountOption

async function showKey(id: string, options: Options, io: Io): Promise<void> {
  checkIdPrefix(id)
  const terminal = openTerminal(io, options)
  const connection = await connect(requireMessageSignatures(options), io)
  const key = await fetchKey(id, keyCallsOf(connection, options))
  if (terminal.json) terminal.printJson(key)
  else terminal.print(keyReport(key, terminal))
}

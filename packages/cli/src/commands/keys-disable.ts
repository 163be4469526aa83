import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import { checkIdPrefix, fetchKey } from '../find-key.ts'
import type { Io } from '../io.ts'
import { ANY_ACCOUNT, type AnyAccountOption, keyCallsOf } from '../key-calls.ts'
import type { ConnectionOptions } from '../settings.ts'
import { SHORT_ID_LENGTH, shortId } from '../short-id.ts'
import { requireMessageSignatures } from '../signing-options.ts'
import { type OutputOptions, openTerminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

/** `keys disable ID` and `keys enable ID`. */
export function addKeysDisableCommands(parent: CliCommand, io: Io): void {
  for (const verb of ['disable', 'enable'] as const) {
    parent
      .command(verb)
      .description(
        verb === 'disable' ? 'refuse what a key signs until it is enabled again' : 'accept a disabled key again',
      )
      .argument('<id>', `key id, or a unique prefix of ${SHORT_ID_LENGTH} characters or more`)
      .option(...ANY_ACCOUNT)
      .action(async (id: string, _: unknown, command: CliCommand) =>
        setEnabled(id, verb, command.optsWithGlobals(), io),
      )
  }
}

type Options = ConnectionOptions & OutputOptions & AnyAccountOption

async function setEnabled(id: string, verb: 'disable' | 'enable', options: Options, io: Io): Promise<void> {
  checkIdPrefix(id)
  const terminal = openTerminal(io, options)
  const calls = keyCallsOf(await connect(requireMessageSignatures(options), io), options)
  const { api_key_id: wholeId } = await fetchKey(id, calls)
  const key = await (verb === 'disable' ? calls.disableKey(wholeId) : calls.enableKey(wholeId))
  if (terminal.json) {
    terminal.printJson(key)
    return
  }
  const { signs, bold } = terminal.style
  terminal.print(`${signs.good} Key ${bold(escapeUntrusted(key.name))} ${verb}d\n`)
  if (verb === 'disable') terminal.note(`Undo: countersign keys enable ${shortId(wholeId)}\n`)
}

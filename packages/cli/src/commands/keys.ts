import type { CliCommand } from '../command-line.ts'
import type { Io } from '../io.ts'
import { addSigningOptions } from '../signing-options.ts'
import { addKeysCreateCommand } from './keys-create.ts'
import { addKeysDeleteCommand } from './keys-delete.ts'
import { addKeysDisableCommands } from './keys-disable.ts'
import { addKeysEditCommand } from './keys-edit.ts'
import { addKeysGenerateCommand } from './keys-generate.ts'
import { addKeysListCommand } from './keys-list.ts'
import { addKeysRevokeCommand } from './keys-revoke.ts'
import { addKeysRotateCommand } from './keys-rotate.ts'
import { addKeysShowCommand } from './keys-show.ts'

/** `keys`: the commands of a key holder for the account's keys. */
export function addKeysCommands(parent: CliCommand, io: Io): void {
  const keys = addSigningOptions(parent.command('keys')).description("manage the account's keys")
  addKeysListCommand(keys, io)
  addKeysShowCommand(keys, io)
  addKeysGenerateCommand(keys, io)
  addKeysCreateCommand(keys, io)
  addKeysEditCommand(keys, io)
  addKeysDisableCommands(keys, io)
  addKeysRotateCommand(keys, io)
  addKeysRevokeCommand(keys, io)
  addKeysDeleteCommand(keys, io)
}

import type { CliCommand } from '../command-line.ts'
import type { Io } from '../io.ts'
import { addSigningOptions } from '../signing-options.ts'
import { addAccountsEditCommands } from './accounts-edit.ts'
import { addAccountsListCommand } from './accounts-list.ts'
import { addAccountsShowCommands } from './accounts-show.ts'

/** `accounts`: the commands of operators for their customers. */
export function addAccountsCommands(parent: CliCommand, io: Io): void {
  const accounts = addSigningOptions(parent.command('accounts')).description('manage accounts, for operators')
  addAccountsListCommand(accounts, io)
  addAccountsShowCommands(accounts, io)
  addAccountsEditCommands(accounts, io)
}

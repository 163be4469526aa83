import * as calls from '@countersign/api/calls'
import { usageError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import { fetchAccount } from '../find-account.ts'
import type { Io } from '../io.ts'
import { changesNothing, collectMetadata, parseName } from '../option-values.ts'
import type { ConnectionOptions } from '../settings.ts'
import { requireMessageSignatures } from '../signing-options.ts'
import { type OutputOptions, openTerminal } from '../terminal/terminal.ts'
import { printAccount } from './accounts-show.ts'

interface EditOptions extends ConnectionOptions, OutputOptions {
  readonly name?: string
  readonly externalId?: string
  readonly tier?: string
  readonly metadata?: Record<string, string>
  readonly reason?: string
}

/** `accounts edit`, `accounts suspend` and `accounts unsuspend`. */
export function addAccountsEditCommands(parent: CliCommand, io: Io): void {
  const account = ['<account>', 'account id or a unique prefix of it, external id, or name'] as const
  parent
    .command('edit')
    .description("change an account's name, external id, usage tier or notes")
    .argument(...account)
    .option('--name <name>', 'name of the account', parseName)
    .option('--external-id <id>', 'your own id of this customer, or none')
    .option('--tier <name>', 'usage tier')
    .option('--metadata <note>', 'note NAME=TEXT, given again for each; none takes all away', collectMetadata)
    .action(async (said: string, _: unknown, command: CliCommand) => edit(said, command.optsWithGlobals(), io))
  parent
    .command('suspend')
    .description('refuse all keys of an account until that is lifted')
    .argument(...account)
    .option('--reason <text>', 'why, for the audit log')
    .action(async (said: string, _: unknown, command: CliCommand) => suspend(said, command.optsWithGlobals(), io))
  parent
    .command('unsuspend')
    .description('accept the keys of a suspended account again')
    .argument(...account)
    .action(async (said: string, _: unknown, command: CliCommand) => unsuspend(said, command.optsWithGlobals(), io))
}

async function edit(said: string, options: EditOptions, io: Io): Promise<void> {
  const { name, externalId, tier, metadata } = options
  const request = { name, external_id: externalId === 'none' ? null : externalId, usage_tier: tier, metadata }
  if (changesNothing(request)) throw usageError('nothing to change', 'countersign accounts edit --help')
  const { call } = await connect(requireMessageSignatures(options), io)
  const { account_id: id } = await fetchAccount(said, call)
  printAccount(await call(calls.updateAccount, { params: { account: id }, body: request }), openTerminal(io, options))
}

async function suspend(said: string, options: EditOptions, io: Io): Promise<void> {
  const { call } = await connect(requireMessageSignatures(options), io)
  const { account_id: id } = await fetchAccount(said, call)
  printAccount(
    await call(calls.suspendAccount, { params: { account: id }, body: { reason: options.reason } }),
    openTerminal(io, options),
  )
}

async function unsuspend(said: string, options: EditOptions, io: Io): Promise<void> {
  const { call } = await connect(requireMessageSignatures(options), io)
  const { account_id: id } = await fetchAccount(said, call)
  printAccount(await call(calls.unsuspendAccount, { params: { account: id } }), openTerminal(io, options))
}

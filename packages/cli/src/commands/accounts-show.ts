import type { Account } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import { fetchAccount } from '../find-account.ts'
import type { Io } from '../io.ts'
import { collectMetadata, parseName } from '../option-values.ts'
import type { ConnectionOptions } from '../settings.ts'
import { requireMessageSignatures } from '../signing-options.ts'
import { labelled, type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/time.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

type Options = ConnectionOptions & OutputOptions

interface CreateOptions extends Options {
  readonly name: string
  readonly externalId?: string
  readonly tier?: string
  readonly metadata?: Record<string, string>
}

/** `accounts show` and `accounts create`. */
export function addAccountsShowCommands(parent: CliCommand, io: Io): void {
  parent
    .command('show')
    .description('all that is known of one account')
    .argument('<account>', 'account id or a unique prefix of it, external id, or name')
    .action(async (account: string, _: unknown, command: CliCommand) => show(account, command.optsWithGlobals(), io))
  parent
    .command('create')
    .description('make an account')
    .requiredOption('--name <name>', 'name of the account', parseName)
    .option('--external-id <id>', 'your own id of this customer')
    .option('--tier <name>', "usage tier (the server's default)")
    .option('--metadata <note>', 'note NAME=TEXT, given again for each', collectMetadata)
    .action(async (_: unknown, command: CliCommand) => create(command.optsWithGlobals(), io))
}

/** An account's details, for people. */
export function printAccount(account: Account, terminal: Terminal): void {
  if (terminal.json) {
    terminal.printJson(account)
    return
  }
  const { signs, bold } = terminal.style
  const time = (unixMs: number) => formatTime(unixMs, terminal.fit !== undefined)
  const { suspended_at: suspendedAt, last_used_at: lastUsedAt } = account
  const rows: [string, string][] = [
    ['account id', account.account_id],
    ['external id', account.external_id ?? 'none'],
    ['state', suspendedAt === undefined ? account.state : `suspended since ${time(suspendedAt)}`],
    ['kind', account.operator ? 'operators' : 'customer'],
    ['usage tier', account.usage_tier],
    ['keys', String(account.api_keys)],
    ['last request', lastUsedAt === undefined ? 'never' : time(lastUsedAt)],
    ['made', time(account.created_at)],
    ...Object.entries(account.metadata ?? {}).map(([name, text]): [string, string] => [`note ${name}`, text]),
  ]
  const escaped = rows.map(([label, value]) => [escapeUntrusted(label), escapeUntrusted(value)] as const)
  const sign = account.state === 'active' ? signs.good : signs.warning
  terminal.print(`${sign} Account ${bold(escapeUntrusted(account.name))}\n${labelled(escaped)}`)
}

async function show(said: string, options: Options, io: Io): Promise<void> {
  const { call } = await connect(requireMessageSignatures(options), io)
  printAccount(await fetchAccount(said, call), openTerminal(io, options))
}

async function create(options: CreateOptions, io: Io): Promise<void> {
  const { name, externalId, tier, metadata } = options
  const { call } = await connect(requireMessageSignatures(options), io)
  const account = await call(calls.createAccount, {
    body: { name, external_id: externalId, usage_tier: tier, metadata },
  })
  printAccount(account, openTerminal(io, options))
}

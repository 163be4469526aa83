import type { Account, ListAccountsQuery } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { Option } from 'commander'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import type { Io } from '../io.ts'
import type { ConnectionOptions } from '../settings.ts'
import { shortId } from '../short-id.ts'
import { requireMessageSignatures } from '../signing-options.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/time.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface ListOptions extends ConnectionOptions, OutputOptions {
  readonly search?: string
  readonly tier?: string
  readonly state?: string
}

const MAX_NAME_WIDTH = 32

/** `accounts list` */
export function addAccountsListCommand(parent: CliCommand, io: Io): void {
  parent
    .command('list')
    .description('list the accounts')
    .option('--search <text>', 'part of the name or external id, or the beginning of the account id')
    .option('--tier <name>', 'usage tier')
    .addOption(new Option('--state <state>', 'active or suspended').choices(['active', 'suspended']))
    .action(async (_: unknown, command: CliCommand) => listAccounts(command.optsWithGlobals(), io))
}

async function listAccounts(options: ListOptions, io: Io): Promise<void> {
  const terminal = openTerminal(io, options)
  const { call } = await connect(requireMessageSignatures(options), io)
  const { search, tier, state } = options
  const query: ListAccountsQuery = { limit: '500', q: search, usage_tier: tier, state }
  const accounts: Account[] = []
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const page = await call(calls.listAccounts, { query: { ...query, cursor } })
    accounts.push(...page.accounts)
    cursor = page.next_cursor
  }
  if (terminal.json) terminal.printJson({ accounts })
  else if (accounts.length === 0) terminal.note('No account matches.\n')
  else terminal.print(renderTable(columnsOf(accounts, terminal), terminal.style.bold, terminal.fit))
}

function columnsOf(accounts: readonly Account[], { style, fit }: Terminal): Column[] {
  const isTerminal = fit !== undefined
  const { good, warning } = style.signs
  return [
    { heading: ' ', cells: accounts.map(({ state }) => (state === 'active' ? good : warning)) },
    {
      heading: 'ACCOUNT',
      cells: accounts.map(({ name }) => escapeUntrusted(name)),
      maxWidth: MAX_NAME_WIDTH,
      mark: style.bold,
    },
    {
      heading: 'ACCOUNT ID',
      cells: accounts.map(({ account_id: id }) => escapeUntrusted(isTerminal ? shortId(id) : id)),
    },
    { heading: 'EXTERNAL ID', cells: accounts.map(({ external_id: id }) => escapeUntrusted(id ?? 'none')) },
    { heading: 'STATE', cells: accounts.map(({ state, operator }) => (operator ? `${state}, operator` : state)) },
    { heading: 'TIER', cells: accounts.map(({ usage_tier: tier }) => escapeUntrusted(tier)) },
    { heading: 'KEYS', cells: accounts.map(({ api_keys: keys }) => String(keys)) },
    {
      heading: 'LAST REQUEST',
      cells: accounts.map(({ last_used_at: at }) => (at === undefined ? 'never' : formatTime(at, isTerminal))),
    },
  ]
}

import type { ApiKey, ApiKeyDetails } from '@countersign/api'
import { Option } from 'commander'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import type { Io } from '../io.ts'
import { ANY_ACCOUNT, type AnyAccountOption, type KeyCalls, keyCallsOf } from '../key-calls.ts'
import { typeOf } from '../key-report.ts'
import type { ConnectionOptions } from '../settings.ts'
import { shortId } from '../short-id.ts'
import { requireMessageSignatures } from '../signing-options.ts'
import { sparkline } from '../terminal/sparkline.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/time.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface ListOptions extends ConnectionOptions, OutputOptions, AnyAccountOption {
  readonly search?: string
  readonly state?: string
  readonly scope?: string
}

const MAX_NAME_WIDTH = 32
const STATES = ['active', 'disabled', 'revoked', 'expired', 'rotating']

/** `keys list` */
export function addKeysListCommand(parent: CliCommand, io: Io): void {
  parent
    .command('list')
    .description("list the account's keys")
    .option('--search <text>', 'part of the name, or the beginning of key id or fingerprint')
    .addOption(new Option('--state <state>', 'only keys in this state').choices(STATES))
    .option('--scope <scope>', 'only keys with this scope on their list')
    .option(...ANY_ACCOUNT)
    .action(async (_: unknown, command: CliCommand) => listKeys(command.optsWithGlobals(), io))
}

async function listKeys(options: ListOptions, io: Io): Promise<void> {
  const terminal = openTerminal(io, options)
  const connection = await connect(options, io)
  const { search, state, scope, anyAccount } = options
  const isFiltered = [search, state, scope, anyAccount].some((said) => said !== undefined)
  // Access headers do not sign the query of the full view.
  const isPlain = connection.profile === 'access-headers'
  if (isPlain && isFiltered) requireMessageSignatures({ profile: 'access-headers' })
  const keys = isPlain ? await connection.client.listKeys() : await allPages(keyCallsOf(connection, options), options)
  if (terminal.json) terminal.printJson({ api_keys: keys })
  else if (keys.length === 0) terminal.note(nothing(isFiltered))
  else terminal.print(renderTable(columnsOf(keys, options, terminal), terminal.style.bold, terminal.fit))
}

async function allPages(calls: KeyCalls, { search, state, scope }: ListOptions): Promise<ApiKeyDetails[]> {
  const keys: ApiKeyDetails[] = []
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const page = await calls.listKeyDetails({ limit: '500', q: search, state, scope, cursor })
    keys.push(...page.api_keys)
    cursor = page.next_cursor
  }
  return keys
}

function nothing(isFiltered: boolean): string {
  if (isFiltered) return 'No key matches.\n'
  return 'No keys yet. Make one: countersign keys generate --name NAME --out FILE\n'
}

function columnsOf(keys: readonly (ApiKey | ApiKeyDetails)[], options: ListOptions, terminal: Terminal): Column[] {
  const detailed = keys.filter((key) => 'state' in key)
  return detailed.length === keys.length ? detailedColumns(detailed, options, terminal) : plainColumns(keys, terminal)
}

/** On a terminal ids are short; in a pipe they are whole. */
function plainColumns(keys: readonly ApiKey[], { style, fit }: Terminal): Column[] {
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

function detailedColumns(keys: readonly ApiKeyDetails[], { anyAccount }: ListOptions, terminal: Terminal): Column[] {
  const isTerminal = terminal.fit !== undefined
  const [name, id, scopes] = plainColumns(keys, terminal)
  const account = { heading: 'ACCOUNT', cells: keys.map((key) => escapeUntrusted(key.account_name)), maxWidth: 24 }
  return [
    name,
    id,
    { heading: 'STATE', cells: keys.map((key) => `${signOf(key, terminal)} ${stateWord(key)}`) },
    anyAccount ? account : undefined,
    { heading: 'TYPE', cells: keys.map(typeOf) },
    scopes,
    {
      heading: 'LAST USED',
      cells: keys.map(({ last_used_at: at }) => (at === undefined ? 'never' : formatTime(at, isTerminal))),
    },
    { heading: '24 H', cells: keys.map(({ last_24_hours: hours }) => sparkline(hours?.allowed ?? [], terminal.style)) },
  ].filter((column) => column !== undefined)
}

function signOf({ state }: ApiKeyDetails, { style }: Terminal): string {
  const { good, warning, bad } = style.signs
  return { active: good, disabled: warning, revoked: bad, expired: bad }[state] ?? bad
}

function stateWord({ state, rotation }: ApiKeyDetails): string {
  return state === 'active' && rotation?.role === 'old' ? 'rotating' : state
}

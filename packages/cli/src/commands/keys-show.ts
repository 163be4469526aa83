import type { ApiKeyDetails } from '@countersign/api'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import { checkIdPrefix, findKeyByPrefix } from '../find-key.ts'
import type { Io } from '../io.ts'
import type { ConnectionOptions } from '../settings.ts'
import { SHORT_ID_LENGTH } from '../short-id.ts'
import { requireMessageSignatures } from '../signing-options.ts'
import { labelled, type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/time.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

const WHOLE_ID_LENGTH = 36

/** `keys show ID`: all that is known of one key. */
export function addKeysShowCommand(parent: CliCommand, io: Io): void {
  parent
    .command('show')
    .description('all that is known of one key')
    .argument('<id>', `key id, or a unique prefix of ${SHORT_ID_LENGTH} characters or more`)
    .action(async (id: string, _: unknown, command: CliCommand) => showKey(id, command.optsWithGlobals(), io))
}

async function showKey(id: string, options: ConnectionOptions & OutputOptions, io: Io): Promise<void> {
  checkIdPrefix(id)
  const terminal = openTerminal(io, options)
  const { client } = await connect(requireMessageSignatures(options), io)
  const wholeId =
    id.length === WHOLE_ID_LENGTH ? id.toLowerCase() : findKeyByPrefix(id, await client.listKeys()).api_key_id
  const key = await client.getKey(wholeId)
  if (terminal.json) terminal.printJson(key)
  else terminal.print(describe(key, terminal))
}

function describe(key: ApiKeyDetails, { style, fit }: Terminal): string {
  const { signs, bold } = style
  const sign = { active: signs.good, disabled: signs.warning, revoked: signs.bad, expired: signs.bad }[key.state]
  const time = (unixMs: number) => formatTime(unixMs, fit !== undefined)
  const rows: [string, string][] = [
    ['key id', key.api_key_id],
    ['state', key.state],
    ['type', key.key_type === 'rsa' ? `rsa-${key.key_bits}` : key.key_type],
    ['fingerprint', key.fingerprint],
    ['scopes', key.scopes.join(', ')],
    ['sub-account', String(key.subaccount ?? 'none')],
    ['signed by', key.minimum_profile === 'http-message-signatures' ? `${key.minimum_profile} only` : 'every profile'],
    ['used from', key.ip_allowlist?.join(', ') ?? 'everywhere'],
    ['made by', key.made_by ?? 'an operator'],
    ['made', time(key.created_at)],
    ['expires', key.expires_at === undefined ? 'never' : time(key.expires_at)],
  ]
  const escaped = rows.map(([label, value]) => [label, escapeUntrusted(value)] as const)
  return `${sign ?? signs.bad} Key ${bold(escapeUntrusted(key.name))}\n${labelled(escaped)}`
}

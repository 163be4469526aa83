import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import type { Io } from '../io.ts'
import { bucketWords } from '../key-report.ts'
import type { ConnectionOptions } from '../settings.ts'
import { addSigningOptions, requireMessageSignatures } from '../signing-options.ts'
import { labelled, type OutputOptions, openTerminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/time.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

/** `whoami`: the account and the key that sign, as the server knows them. */
export function addWhoAmICommand(parent: CliCommand, io: Io): void {
  addSigningOptions(parent.command('whoami'))
    .description('the account and the key that sign, as the server knows them')
    .action(async (_: unknown, command: CliCommand) => whoAmI(command.optsWithGlobals(), io))
}

async function whoAmI(options: ConnectionOptions & OutputOptions, io: Io): Promise<void> {
  const terminal = openTerminal(io, options)
  const { client, url } = await connect(requireMessageSignatures(options), io)
  const who = await client.whoAmI()
  if (terminal.json) {
    terminal.printJson(who)
    return
  }
  const rows: [string, string][] = [
    ['account', `${who.account_name}, ${who.account_id}`],
    ['external id', who.external_id ?? 'none'],
    ['kind', who.operator ? 'operator' : 'key holder'],
    ['key', who.api_key_name],
    ['key id', who.api_key_id],
    ['scopes', who.scopes.join(', ')],
    ['sub-account', String(who.subaccount ?? 'none')],
    ['used from', who.ip_allowlist?.join(', ') ?? 'everywhere'],
    ['bucket', bucketWords(who.bucket)],
    ['expires', who.expires_at === undefined ? 'never' : formatTime(who.expires_at, terminal.fit !== undefined)],
    ['usage tier', who.usage_tier],
    ['signed by', who.profile],
  ]
  const escaped = rows.map(([label, value]) => [label, escapeUntrusted(value)] as const)
  terminal.print(`${terminal.style.signs.good} ${terminal.style.bold(url)} accepts this key\n${labelled(escaped)}`)
}

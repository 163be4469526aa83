import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiKeyDetails, Cascade } from '@countersign/api'
import { Option } from 'commander'
import { CliError, usageError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import { checkIdPrefix, fetchKey } from '../find-key.ts'
import { canAsk, type Io } from '../io.ts'
import { ANY_ACCOUNT, type AnyAccountOption, type KeyCalls, keyCallsOf } from '../key-calls.ts'
import type { ConnectionOptions } from '../settings.ts'
import { SHORT_ID_LENGTH, shortId } from '../short-id.ts'
import { requireMessageSignatures } from '../signing-options.ts'
import { createProgress } from '../terminal/progress.ts'
import { labelled, type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

/** Why a key is revoked, as the API names it. */
export const REASONS = ['key_compromise', 'superseded', 'unspecified'] as const

interface RevokeOptions extends ConnectionOptions, OutputOptions, AnyAccountOption {
  readonly reason: string
  readonly note?: string
  readonly cascade?: true
  readonly yes?: true
}

/** `keys revoke ID`. It is final, so the command asks for the short id. */
export function addKeysRevokeCommand(parent: CliCommand, io: Io): void {
  parent
    .command('revoke')
    .description('refuse what a key signs for good; it stays listed with the reason')
    .argument('<id>', `key id, or a unique prefix of ${SHORT_ID_LENGTH} characters or more`)
    .addOption(new Option('--reason <reason>', 'why').choices([...REASONS]).makeOptionMandatory())
    .option('--note <text>', 'anything to add to the reason')
    .option('--cascade', 'the keys that it made too, and those that they made')
    .option('--yes', 'do not ask')
    .option(...ANY_ACCOUNT)
    .action(async (id: string, _: unknown, command: CliCommand) => revokeKey(id, command.optsWithGlobals(), io))
}

async function revokeKey(id: string, options: RevokeOptions, io: Io): Promise<void> {
  checkIdPrefix(id)
  const { reason, note, cascade, yes } = options
  if (!yes && !canAsk(io)) {
    const again = `countersign keys revoke ${id} --reason ${reason} --yes`
    throw usageError('revoking a key is final and must be confirmed on a terminal', again)
  }
  const terminal = openTerminal(io, options)
  const calls = keyCallsOf(await connect(requireMessageSignatures(options), io), options)
  const key = await fetchKey(id, calls)
  if (!yes) await confirm(key, cascade === true, io)
  const revoked = await calls.revokeKey(key.api_key_id, { reason, note, cascade })
  const finished = revoked.cascade && (await followCascade(key.api_key_id, calls, terminal, io))
  if (terminal.json) {
    terminal.printJson(finished ? { ...revoked, cascade: finished } : revoked)
    return
  }
  const { signs, bold } = terminal.style
  const others = revoked.revoked.filter((other) => other !== key.api_key_id)
  const rows: [string, string][] = [key.api_key_id, ...others].map((keyId, i) => [i === 0 ? 'key id' : 'and', keyId])
  if (finished) rows.push(['all', `${finished.revoked.toLocaleString('en')} keys revoked`])
  terminal.print(`${signs.good} Key ${bold(escapeUntrusted(key.name))} revoked, ${reason}\n${labelled(rows)}`)
  if (reason === 'key_compromise') {
    terminal.note('Bar it in every account, too, by proof that you hold it: countersign revoke --pem FILE\n')
  }
}

/** Waits until the keys that a key made are revoked. They are, also without this command. */
async function followCascade(id: string, calls: KeyCalls, terminal: Terminal, io: Io): Promise<Cascade> {
  terminal.note('The key is refused now. The keys that it made follow, also if you stop this command.\n')
  const progress = createProgress('revoking', terminal, io)
  for (;;) {
    const cascade = await calls.getCascade(id)
    progress.tell(cascade.passed, cascade.total ?? 0)
    if (cascade.state === 'finished') {
      progress.end()
      return cascade
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: io.interrupted })
  }
}

/** Between two looks at a cascade, in milliseconds. */
const LOOK_EVERY_MS = 500

async function confirm({ api_key_id: id, name }: ApiKeyDetails, cascade: boolean, io: Io): Promise<void> {
  const others = cascade ? ', and all keys that it made stop' : ' stops'
  io.stderr.write(`Key ${escapeUntrusted(name)} (${escapeUntrusted(id)})${others} working at once. This is final.\n`)
  const answer = await io.ask(`Type ${shortId(id)} to revoke this key`)
  if (answer?.trim() === shortId(id)) return
  throw new CliError({ code: 'declined', message: 'no key was revoked', fix: `type ${shortId(id)} when asked` })
}

import type { Rotation } from '@countersign/api'
import { fingerprintOf, parsePrivateKey, publicKeyOf } from '@countersign/protocol'
import { Option } from 'commander'
import { usageError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import { checkIdPrefix, fetchKey } from '../find-key.ts'
import type { Io } from '../io.ts'
import { ANY_ACCOUNT, type AnyAccountOption, keyCallsOf } from '../key-calls.ts'
import { newKeyReport } from '../new-key-report.ts'
import { parseDuration, parseName } from '../option-values.ts'
import { reservePrivateKeyOutput } from '../private-key-output.ts'
import { savePrivateKey } from '../save-private-key.ts'
import type { ConnectionOptions } from '../settings.ts'
import { SHORT_ID_LENGTH } from '../short-id.ts'
import { requireMessageSignatures } from '../signing-options.ts'
import { labelled, type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/time.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface RotateOptions extends ConnectionOptions, OutputOptions, AnyAccountOption {
  /** Milliseconds. */
  readonly grace: number
  readonly keyType?: string
  readonly name?: string
  readonly out?: string
  readonly status?: true
  readonly finish?: true
  readonly abort?: true
}

const DAY_MS = 86_400_000

/** `keys rotate ID`: a new key takes over, and the old key works until a deadline. */
export function addKeysRotateCommand(parent: CliCommand, io: Io): void {
  parent
    .command('rotate')
    .description('replace a key: a new one takes over, and the old one is accepted until a deadline')
    .argument('<id>', `key id, or a unique prefix of ${SHORT_ID_LENGTH} characters or more`)
    .addOption(
      new Option('--grace <time>', 'how long the old key is still accepted: 1h, 7d')
        .argParser(parseDuration)
        .default(DAY_MS, '1d'),
    )
    .addOption(new Option('--key-type <type>', "kind of the new key (the old one's)").choices(['rsa', 'ed25519']))
    .option('--name <name>', "name of the new key (the old one's)", parseName)
    .option('--out <file>', 'file for the new private key; never overwritten')
    .option('--status', 'show the rotation, and the traffic still on the old key')
    .option('--finish', 'end it now: the old key stops at once')
    .option('--abort', 'take it back: the new key stops, the old one stays as it was')
    .option(...ANY_ACCOUNT)
    .action(async (id: string, _: unknown, command: CliCommand) => rotate(id, command.optsWithGlobals(), io))
}

async function rotate(id: string, options: RotateOptions, io: Io): Promise<void> {
  checkIdPrefix(id)
  const { status, finish, abort, out } = options
  const wanted = [status, finish, abort, out].filter((said) => said !== undefined).length
  if (wanted !== 1)
    throw usageError('say one of --out, --status, --finish and --abort', 'countersign keys rotate --help')
  if (out !== undefined) {
    await start(id, { ...options, out }, io)
    return
  }
  const terminal = openTerminal(io, options)
  const calls = keyCallsOf(await connect(requireMessageSignatures(options), io), options)
  const { api_key_id: wholeId } = await fetchKey(id, calls)
  const rotation = await (finish
    ? calls.finishRotation(wholeId)
    : abort
      ? calls.abortRotation(wholeId)
      : calls.getRotation(wholeId))
  if (terminal.json) terminal.printJson(rotation)
  else terminal.print(rotationReport(rotation, terminal))
}

async function start(id: string, options: RotateOptions & { readonly out: string }, io: Io): Promise<void> {
  if (options.anyAccount) throw usageError('a key is rotated by its own account', 'leave out --any-account')
  const terminal = openTerminal(io, options)
  const { client, url } = await connect(requireMessageSignatures(options), io)
  const old = await fetchKey(id, client)
  const output = await reservePrivateKeyOutput(options.out, io.cwd)
  const { grace, keyType, name } = options
  const request = { grace_seconds: Math.round(grace / 1_000), key_type: keyType, name }
  let made: Awaited<ReturnType<typeof client.rotateKey>>
  try {
    made = await client.rotateKey(old.api_key_id, request)
  } catch (error) {
    await output.discard()
    throw error
  }
  const { api_key_id: apiKeyId, private_key: privateKey = '', deadline, rotation_id: rotationId } = made
  await savePrivateKey(output, privateKey, apiKeyId)
  if (terminal.json) {
    terminal.printJson({ rotation_id: rotationId, api_key_id: apiKeyId, deadline, private_key_file: output.path })
    return
  }
  const fingerprint = await fingerprintOf(await publicKeyOf(parsePrivateKey(privateKey)))
  const key = { name: name ?? old.name, apiKeyId, fingerprint, file: options.out, url }
  terminal.print(newKeyReport(key, terminal, io))
  terminal.note(
    `The old key, ${old.api_key_id}, is accepted until ${formatTime(deadline, terminal.fit !== undefined)}.\n`,
  )
}

function rotationReport(rotation: Rotation, { style, fit }: Terminal): string {
  const { state, traffic, ended_at: endedAt, old_last_used_at: usedAt, old_last_used_ip: usedFrom } = rotation
  const time = (unixMs: number) => formatTime(unixMs, fit !== undefined)
  const rows: [string, string][] = [
    ['old key', rotation.old_api_key_id],
    ['new key', rotation.new_api_key_id],
    ['started', time(rotation.started_at)],
  ]
  // An aborted rotation has no deadline any more.
  if (state !== 'aborted') rows.push(['old key ends', time(rotation.deadline)])
  if (endedAt !== undefined) rows.push(['ended', time(endedAt)])
  if (traffic) {
    const share =
      traffic.old_share === undefined ? 'no requests' : `${Math.round(traffic.old_share * 100)} % of requests`
    rows.push(['on old key', `${share} since ${time(traffic.since)}: ${traffic.old} old, ${traffic.new} new`])
  }
  if (usedAt !== undefined)
    rows.push(['last used', `${time(usedAt)}${usedFrom === undefined ? '' : ` from ${usedFrom}`}`])
  const sign = state === 'open' ? style.signs.warning : style.signs.good
  const escaped = rows.map(([label, value]) => [label, escapeUntrusted(value)] as const)
  return `${sign} Rotation ${style.bold(state)}\n${labelled(escaped)}`
}

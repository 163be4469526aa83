import type { UpdateKeyRequest } from '@countersign/api'
import { Option } from 'commander'
import { usageError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import { checkIdPrefix, fetchKey } from '../find-key.ts'
import type { Io } from '../io.ts'
import { ANY_ACCOUNT, type AnyAccountOption, keyCallsOf } from '../key-calls.ts'
import { keyReport } from '../key-report.ts'
import {
  changesNothing,
  collectMetadata,
  expiryReader,
  NOTHING,
  parseAllowlist,
  parseBucket,
  parseName,
  parseScopes,
} from '../option-values.ts'
import type { ConnectionOptions } from '../settings.ts'
import { SHORT_ID_LENGTH } from '../short-id.ts'
import { PROFILES, requireMessageSignatures } from '../signing-options.ts'
import { type OutputOptions, openTerminal } from '../terminal/terminal.ts'

interface EditOptions extends ConnectionOptions, OutputOptions, AnyAccountOption {
  readonly name?: string
  readonly scopes?: string[]
  readonly expires?: number | typeof NOTHING
  readonly allow?: string[] | typeof NOTHING
  readonly bucket?: { bucket_capacity: number; refill_rate: number } | typeof NOTHING
  readonly minimumProfile?: string
  readonly metadata?: Record<string, string>
}

/** `keys edit ID`: changes a key's name and restrictions, and narrows its scopes. */
export function addKeysEditCommand(parent: CliCommand, io: Io): void {
  parent
    .command('edit')
    .description("change a key's name or restrictions, or narrow its scopes")
    .argument('<id>', `key id, or a unique prefix of ${SHORT_ID_LENGTH} characters or more`)
    .option('--name <name>', 'name of the key', parseName)
    .option('--scopes <list>', 'what the key may do from now on, never more than now: read', parseScopes)
    .option('--expires <time>', 'when it ends: 30d, an ISO 8601 time, or never', expiryReader(io.now))
    .option('--allow <list>', 'addresses and networks that it may be used from, or everywhere', parseAllowlist)
    .option('--bucket <size>', 'token bucket of its own: CAPACITY:REFILL a second, or none', parseBucket)
    .addOption(
      new Option('--minimum-profile <name>', 'the weakest signature profile that it accepts').choices([
        ...PROFILES,
        'any',
      ]),
    )
    .option('--metadata <note>', 'note NAME=TEXT, given again for each; none takes all away', collectMetadata)
    .option(...ANY_ACCOUNT)
    .action(async (id: string, _: unknown, command: CliCommand) => editKey(id, command.optsWithGlobals(), io))
}

async function editKey(id: string, options: EditOptions, io: Io): Promise<void> {
  checkIdPrefix(id)
  const request = requestOf(options)
  if (changesNothing(request)) throw usageError('nothing to change', 'countersign keys edit --help')
  const terminal = openTerminal(io, options)
  const calls = keyCallsOf(await connect(requireMessageSignatures(options), io), options)
  const { api_key_id: wholeId } = await fetchKey(id, calls)
  const key = await calls.updateKey(wholeId, request)
  if (terminal.json) terminal.printJson(key)
  else terminal.print(keyReport(key, terminal))
}

function requestOf(options: EditOptions): UpdateKeyRequest {
  const { name, scopes, expires, allow, bucket, minimumProfile, metadata } = options
  return {
    name,
    scopes,
    expires_at: orNull(expires),
    ip_allowlist: orNull(allow),
    bucket: orNull(bucket),
    minimum_profile: minimumProfile === 'any' ? null : minimumProfile,
    metadata,
  }
}

/** `null` takes a restriction away; `undefined` leaves it as it is. */
function orNull<Value>(value: Value | typeof NOTHING | undefined): Value | null | undefined {
  return value === NOTHING ? null : value
}

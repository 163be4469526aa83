import type { GenerateKeyRequest, GenerateKeyResponse } from '@countersign/api'
import { fingerprintOf, parsePrivateKey, publicKeyOf } from '@countersign/protocol'
import { Option } from 'commander'
import { CliError, usageError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import { connect, type SignedConnection } from '../connect.ts'
import { canAsk, type Io } from '../io.ts'
import { newKeyReport } from '../new-key-report.ts'
import { parseName, parseScopes, parseSubaccount } from '../option-values.ts'
import { type PrivateKeyOutput, reservePrivateKeyOutput } from '../private-key-output.ts'
import { savePrivateKey } from '../save-private-key.ts'
import type { ConnectionOptions } from '../settings.ts'
import { type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface GenerateOptions extends ConnectionOptions, OutputOptions {
  readonly name: string
  readonly keyType?: string
  readonly scopes?: string[]
  readonly subaccount?: number
  readonly out?: string
}

/** `keys generate`: the server makes the key pair; the private key comes back once. */
export function addKeysGenerateCommand(parent: CliCommand, io: Io): void {
  parent
    .command('generate')
    .description('have the server make a key pair; the private key comes back once')
    .requiredOption('--name <name>', 'name of the key', parseName)
    .addOption(new Option('--key-type <type>', 'kind of key').choices(['rsa', 'ed25519']))
    .option('--scopes <list>', 'what the key may do, with commas: read,write', parseScopes)
    .option('--subaccount <number>', 'bind the key to one sub-account, 0 to 63', parseSubaccount)
    .option('--out <file>', 'file for the private key; never overwritten')
    .action(async (_: unknown, command: CliCommand) => generateKey(command.optsWithGlobals(), io))
}

async function generateKey(options: GenerateOptions, io: Io): Promise<void> {
  const terminal = openTerminal(io, options)
  const connection = await connect(options, io)
  if (options.out === undefined) await generateToStdout(options, connection, terminal, io)
  else await generateToFile({ ...options, out: options.out }, connection, terminal, io)
}

async function generateToFile(
  options: GenerateOptions & { readonly out: string },
  { client, url }: SignedConnection,
  terminal: Terminal,
  io: Io,
): Promise<void> {
  const { name, out } = options
  const output = await reservePrivateKeyOutput(out, io.cwd)
  const made = await requestKey(() => client.generateKey(requestOf(options)), output)
  await savePrivateKey(output, made.private_key, made.api_key_id)
  if (terminal.json) {
    const { api_key_id, key_type } = made
    terminal.printJson({ api_key_id, key_type, private_key_file: output.path })
    return
  }
  const fingerprint = await fingerprintIn(made)
  terminal.print(newKeyReport({ name, apiKeyId: made.api_key_id, fingerprint, file: out, url }, terminal, io))
}

async function generateToStdout(
  options: GenerateOptions,
  { client }: SignedConnection,
  terminal: Terminal,
  io: Io,
): Promise<void> {
  if (io.stdout.isTTY) await confirmOnScreen(io)
  const made = await client.generateKey(requestOf(options))
  if (terminal.json) {
    terminal.printJson(made)
    return
  }
  terminal.print(made.private_key.endsWith('\n') ? made.private_key : `${made.private_key}\n`)
  terminal.note(`key id ${escapeUntrusted(made.api_key_id)}\nfingerprint ${await fingerprintIn(made)}\n`)
}

async function confirmOnScreen(io: Io): Promise<void> {
  const warning = 'This prints a private key on screen. Use --out FILE to save it.'
  if (!canAsk(io)) throw usageError(warning.replace(/\. .*/, ''), 'save it with --out FILE')
  io.stderr.write(`${warning}\n`)
  if (await io.confirm('Print it on screen?')) return
  throw new CliError({ code: 'declined', message: 'no key was made', fix: 'save the private key with --out FILE' })
}

/** If no key came, the empty file has no use. */
async function requestKey(
  request: () => Promise<GenerateKeyResponse>,
  output: PrivateKeyOutput,
): Promise<GenerateKeyResponse> {
  try {
    return await request()
  } catch (error) {
    await output.discard()
    throw error
  }
}

function requestOf({ name, keyType, scopes, subaccount }: GenerateOptions): GenerateKeyRequest {
  return { name, key_type: keyType, scopes, subaccount }
}

/** The key is already saved: if it cannot be read back, the command must still succeed. */
async function fingerprintIn({ private_key: pem }: GenerateKeyResponse): Promise<string> {
  try {
    return await fingerprintOf(await publicKeyOf(parsePrivateKey(pem)))
  } catch {
    return 'unknown'
  }
}

import { fingerprintOf, parsePublicKey } from '@countersign/protocol'
import { CliError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import type { Io } from '../io.ts'
import { checkKeyFilePath, readPublicKeyFile } from '../key-file.ts'
import { parseName, parseScopes, parseSubaccount } from '../option-values.ts'
import type { ConnectionOptions } from '../settings.ts'
import { labelled, type OutputOptions, openTerminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface CreateOptions extends ConnectionOptions, OutputOptions {
  readonly name: string
  readonly publicKey: string
  readonly scopes?: string[]
  readonly subaccount?: number
}

/** `keys create`: registers a public key whose private key never leaves its holder. */
export function addKeysCreateCommand(parent: CliCommand, io: Io): void {
  parent
    .command('create')
    .description('register your own public key')
    .requiredOption('--name <name>', 'name of the key', parseName)
    .requiredOption('--public-key <file>', 'PEM file of the public key (BEGIN PUBLIC KEY)')
    .option('--scopes <list>', 'what the key may do, with commas: read,write', parseScopes)
    .option('--subaccount <number>', 'bind the key to one sub-account, 0 to 63', parseSubaccount)
    .action(async (_: unknown, command: CliCommand) => createKey(command.optsWithGlobals(), io))
}

async function createKey(options: CreateOptions, io: Io): Promise<void> {
  const { name, scopes, subaccount } = options
  const terminal = openTerminal(io, options)
  const { pem, fingerprint } = await readPublicKey(checkKeyFilePath(options.publicKey, '--public-key'), io)
  const { client } = await connect(options, io)
  const made = await client.createKey({ name, public_key: pem, scopes, subaccount })
  if (terminal.json) {
    terminal.printJson(made)
    return
  }
  const { signs, bold } = terminal.style
  const rows = labelled([
    ['key id', escapeUntrusted(made.api_key_id)],
    ['fingerprint', fingerprint],
  ])
  terminal.print(`${signs.good} Key ${bold(escapeUntrusted(name))} registered\n${rows}`)
}

/** Checked here as on the server, so that nothing wrong, and above all no private key, leaves the machine. */
async function readPublicKey(file: string, io: Io): Promise<{ pem: string; fingerprint: string }> {
  const pem = await readPublicKeyFile(file, io)
  const key = parsePublicKey(pem)
  if (!('problem' in key)) return { pem, fingerprint: await fingerprintOf(key) }
  if (key.problem === 'private_key') {
    throw new CliError({
      code: 'private_key_given',
      message: `${file} is a private key`,
      why: 'Only the public key is registered. Nothing was sent.',
      fix: 'make the file of its public key: openssl pkey -in PRIVATE -pubout -out PUBLIC',
    })
  }
  throw new CliError({
    code: 'public_key_refused',
    message: `${file} ${key.message}`,
    fix: 'name a file with one PEM block, BEGIN PUBLIC KEY: RSA of 2048 to 4096 bits, or Ed25519',
  })
}

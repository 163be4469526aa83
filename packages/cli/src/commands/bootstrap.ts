import type { KeyType } from '@countersign/protocol'
import { Option } from 'commander'
import type { CliCommand } from '../command-line.ts'
import type { Io } from '../io.ts'
import { newKeyReport } from '../new-key-report.ts'
import { parseName } from '../option-values.ts'
import { reservePrivateKeyOutput } from '../private-key-output.ts'
import { savePrivateKey } from '../save-private-key.ts'
import type { Bootstrapped } from '../server-module.ts'
import { type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface BootstrapOptions extends OutputOptions {
  readonly account: string
  readonly tier?: string
  readonly name: string
  readonly keyType?: KeyType
  readonly gate?: true
  readonly operator?: true
  readonly out: string
  readonly database?: string
}

/** `bootstrap`: issues the first key of an account, on the database directly. */
export function addBootstrapCommand(parent: CliCommand, io: Io): void {
  parent
    .command('bootstrap')
    .description('issue the first key of an account, on the database directly')
    .requiredOption('--account <name>', 'account that the key is for; made where there is none', parseName)
    .option('--tier <name>', 'usage tier of a new account')
    .option('--name <name>', 'name of the key', parseName, 'bootstrap')
    .addOption(new Option('--key-type <type>', 'kind of key').choices(['rsa', 'ed25519']))
    .option('--gate', 'a key for a gate elsewhere: it reads the public keys of all accounts, and nothing else')
    .option('--operator', 'an account of operators, and a key with admin: powers over every account')
    .requiredOption('--out <file>', 'file for the private key; never overwritten')
    .option(
      '--database <url>',
      'sqlite:PATH or postgres://… (COUNTERSIGN_DATABASE_URL, else sqlite:data/countersign.db)',
    )
    .action(async (_: unknown, command: CliCommand) => bootstrap(command.optsWithGlobals(), io))
}

async function bootstrap(options: BootstrapOptions, io: Io): Promise<void> {
  const { account, tier, name, keyType, gate, operator } = options
  const terminal = openTerminal(io, options)
  const output = await reservePrivateKeyOutput(options.out, io.cwd)
  let made: Bootstrapped
  try {
    const server = await io.loadServer()
    const overrides = { databaseUrl: options.database }
    const { databaseUrl, tiers, defaultTier } = await server.readSettings(io.env, overrides, io.baseFolder)
    made = await server.bootstrap({
      databaseUrl,
      tiers,
      defaultTier,
      accountName: account,
      tier,
      keyName: name,
      keyType,
      gate,
      operator,
    })
  } catch (error) {
    await output.discard()
    throw error
  }
  const { apiKeyId, fingerprint, privateKey } = made.apiKey
  await savePrivateKey(output, privateKey, apiKeyId)
  tellWhere(made, terminal)
  if (terminal.json) terminal.printJson({ api_key_id: apiKeyId, private_key_file: output.path })
  else {
    const key = { name, apiKeyId, fingerprint, file: options.out }
    terminal.print(newKeyReport(key, terminal, io))
  }
}

/** A note, so that the one JSON document stays alone on standard output. */
function tellWhere({ database, account }: Bootstrapped, { note }: Terminal): void {
  const { location } = database
  note(`Database ${database.created ? 'created' : 'opened'}: ${escapeUntrusted(location)}\n`)
  note(
    `Account ${escapeUntrusted(account.name)} ${account.created ? 'created' : 'found'}, usage tier ${account.tier}\n`,
  )
}

import type { RevocationResponse } from '@countersign/api'
import {
  fingerprintOf,
  importSigningKey,
  parsePrivateKey,
  publicKeyOf,
  publicKeyPem,
  signStatement,
} from '@countersign/protocol'
import { Option } from 'commander'
import { CliError, usageError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import { connectUnsigned } from '../connect.ts'
import { canAsk, type Io } from '../io.ts'
import { checkKeyFilePath, readPrivateKeyFile } from '../key-file.ts'
import type { ConnectionOptions } from '../settings.ts'
import { labelled, type OutputOptions, openTerminal } from '../terminal/terminal.ts'
import { REASONS } from './keys-revoke.ts'

interface RevokeOptions extends ConnectionOptions, OutputOptions {
  readonly pem: string
  readonly reason: string
  readonly yes?: true
}

/** `revoke --pem FILE`: ends a key everywhere, by a proof of its private key. The private key itself is not sent. */
export function addRevokeCommand(parent: CliCommand, io: Io): void {
  parent
    .command('revoke')
    .description('revoke a key everywhere, by proof that you hold its private key; signs here, needs no API key')
    .requiredOption('--pem <file>', 'file of the private key that is revoked')
    .addOption(new Option('--reason <reason>', 'why').choices([...REASONS]).default('key_compromise'))
    .option('--yes', 'do not ask')
    .action(async (_: unknown, command: CliCommand) => revoke(command.optsWithGlobals(), io))
}

const OUTCOMES: Readonly<Record<RevocationResponse['status'], string>> = {
  revoked: 'is revoked in every account, and barred for good',
  already_revoked: 'was revoked already',
  unknown: 'was never registered there; nothing was stored',
}

async function revoke(options: RevokeOptions, io: Io): Promise<void> {
  const { reason, yes } = options
  const file = checkKeyFilePath(options.pem, '--pem')
  if (!yes && !canAsk(io)) {
    throw usageError(
      'revoking a key is final and must be confirmed on a terminal',
      `countersign revoke --pem ${file} --yes`,
    )
  }
  const terminal = openTerminal(io, options)
  const privateKey = parsePrivateKey(await readPrivateKeyFile(file, io))
  const publicKey = await publicKeyOf(privateKey)
  const fingerprint = await fingerprintOf(publicKey)
  const client = await connectUnsigned(options, io)
  const { deployment_id: deploymentId } = await client.getDeployment()
  if (!yes) await confirm(fingerprint, io)
  const statement = { purpose: 'revoke', deploymentId, fields: { fingerprint, reason } } as const
  const signature = await signStatement(statement, await importSigningKey(privateKey))
  const { status } = await client.revokeByProof({ public_key: publicKeyPem(publicKey), reason, signature })
  if (terminal.json) {
    terminal.printJson({ status, fingerprint })
    return
  }
  const { signs } = terminal.style
  const sign = status === 'unknown' ? signs.warning : signs.good
  const rows = labelled([
    ['fingerprint', fingerprint],
    ['deployment', deploymentId],
  ])
  terminal.print(`${sign} This key ${OUTCOMES[status] ?? status}\n${rows}`)
}

async function confirm(fingerprint: string, io: Io): Promise<void> {
  const short = fingerprint.slice(0, 8)
  io.stderr.write(`The key with the fingerprint ${fingerprint} stops working in every account. This is final.\n`)
  const answer = await io.ask(`Type ${short} to revoke this key`)
  if (answer?.trim() === short) return
  throw new CliError({ code: 'declined', message: 'no key was revoked', fix: `type ${short} when asked` })
}

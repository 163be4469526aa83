import { CommanderError } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { CliError } from './cli-error.ts'
import { CliCommand, type Finish } from './command-line.ts'
import { addAccountsCommands } from './commands/accounts.ts'
import { addAuditCommands } from './commands/audit.ts'
import { addBootstrapCommand } from './commands/bootstrap.ts'
import { addConfigCommands } from './commands/config.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addKeysCommands } from './commands/keys.ts'
import { addLinkCommand } from './commands/link.ts'
import { addProfileCommands } from './commands/profile.ts'
import { addRequestCommand } from './commands/request.ts'
import { addRevokeCommand } from './commands/revoke.ts'
import { addServeCommand } from './commands/serve.ts'
import { addSignCommand } from './commands/sign.ts'
import { addUsageCommand } from './commands/usage.ts'
import { addWhoAmICommand } from './commands/whoami.ts'
import { describeError } from './describe-error.ts'
import type { Io } from './io.ts'
import { printError } from './print-error.ts'

/**
 * Runs one command line, without the program's name.
 *
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const json = argv.includes('--json')
  let exitCode = 0
  const program = createProgram(io, json, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    const described = error instanceof CommanderError ? missingCommand() : describeError(error)
    if (json || !(error instanceof CommanderError))
      printError(described, io, { json, color: !argv.includes('--no-color') })
    return described.exitCode
  }
}

function createProgram(io: Io, json: boolean, finish: Finish): CliCommand {
  const program = new CliCommand('countersign')
  program
    .description('Self-hosted API keys that sign')
    .version(manifest.version)
    .option('--json', 'one JSON document, for scripts')
    .option('--no-color', 'no colours (or set NO_COLOR)')
    .option('--url <url>', 'server (COUNTERSIGN_URL, else the saved profile in use, else http://127.0.0.1:4100)')
    .option('--key-id <id>', 'key to sign with (COUNTERSIGN_KEY_ID, else the saved profile in use)')
    .option('--key-file <file>', 'its private key (COUNTERSIGN_KEY_FILE, else the saved profile in use)')
    .option(
      '--base-path <path>',
      'beginning of the paths of the API (COUNTERSIGN_BASE_PATH, else the saved profile in use)',
    )
    .option(
      '--header-prefix <prefix>',
      'prefix of the access headers (COUNTERSIGN_HEADER_PREFIX, else the saved profile in use)',
    )
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => {
        if (!json) io.stderr.write(text)
      },
      getOutHelpWidth: () => io.stdout.columns || 80,
      getErrHelpWidth: () => io.stderr.columns || 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
  addServeCommand(program, io, finish)
  addBootstrapCommand(program, io)
  addLinkCommand(program, io)
  addConfigCommands(program, io, finish)
  addAccountsCommands(program, io)
  addKeysCommands(program, io)
  addRevokeCommand(program, io)
  addWhoAmICommand(program, io)
  addUsageCommand(program, io)
  addAuditCommands(program, io, finish)
  addSignCommand(program, io)
  addRequestCommand(program, io, finish)
  addDoctorCommand(program, io, finish)
  addProfileCommands(program, io)
  return program
}

/** `countersign` or `countersign keys` alone: the help was shown. */
function missingCommand(): CliError {
  return new CliError({ code: 'usage', message: 'a command is missing', fix: 'countersign --help', exitCode: 2 })
}

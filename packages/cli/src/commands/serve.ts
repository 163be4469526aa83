import { Option } from 'commander'
import type { CliCommand, Finish } from '../command-line.ts'
import type { Io } from '../io.ts'
import { parsePort, parseWorkers } from '../option-values.ts'
import type { ServeOverrides } from '../server-module.ts'

interface ServeOptions extends Omit<ServeOverrides, 'databaseUrl'> {
  readonly database?: string
}

/** `serve`: runs the server until it is stopped. */
export function addServeCommand(parent: CliCommand, io: Io, finish: Finish): void {
  parent
    .command('serve')
    .description('run the server until Ctrl-C')
    .option('--host <address>', 'address to listen on (COUNTERSIGN_HOST, else 127.0.0.1)')
    .option('--port <number>', 'port of the control plane (COUNTERSIGN_PORT, else 4100)', parsePort)
    .option('--authorize-port <number>', 'port of the data plane (COUNTERSIGN_AUTHORIZE_PORT, else 4101)', parsePort)
    .addOption(new Option('--plane <which>', 'what to run (else both)').choices(['both', 'control', 'data']))
    .option('--workers <number>', 'threads of the data plane (COUNTERSIGN_WORKERS, else 1)', parseWorkers)
    .option(
      '--database <url>',
      'sqlite:PATH or postgres://… (COUNTERSIGN_DATABASE_URL, else sqlite:data/countersign.db)',
    )
    .option('--config <file>', 'configuration file (COUNTERSIGN_CONFIG, else countersign.config.*)')
    .option(
      '--single-node-promises',
      'run beside other nodes without a shared Redis: limits and replay protection hold for each node alone ' +
        '(COUNTERSIGN_SINGLE_NODE_PROMISES=true)',
    )
    .action(async ({ database, ...said }: ServeOptions) => {
      const server = await io.loadServer()
      const exitCode = await server.serve({
        env: io.env,
        overrides: { ...said, databaseUrl: database },
        baseFolder: io.baseFolder,
        note: (line) => io.stderr.write(`${line}\n`),
        notesAreSeen: io.stderr.isTTY,
      })
      finish(exitCode)
    })
}

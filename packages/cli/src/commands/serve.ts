import type { CliCommand, Finish } from '../command-line.ts'
import type { Io } from '../io.ts'
import { parsePort } from '../option-values.ts'

interface ServeOptions {
  readonly host?: string
  readonly port?: number
  readonly database?: string
}

/** `serve`: runs the server until it is told to stop. */
export function addServeCommand(parent: CliCommand, io: Io, finish: Finish): void {
  parent
    .command('serve')
    .description('run the server until Ctrl-C')
    .option('--host <address>', 'address to listen on (COUNTERSIGN_HOST, else 127.0.0.1)')
    .option('--port <number>', 'port to listen on (COUNTERSIGN_PORT, else 4100)', parsePort)
    .option(
      '--database <url>',
      'sqlite:PATH or postgres://… (COUNTERSIGN_DATABASE_URL, else sqlite:data/countersign.db)',
    )
    .action(async ({ host, port, database }: ServeOptions) => {
      const server = await io.loadServer()
      const exitCode = await server.serve({
        env: io.env,
        overrides: {
          ...(host !== undefined && { host }),
          ...(port !== undefined && { port }),
          ...(database !== undefined && { databaseUrl: database }),
        },
        baseFolder: io.baseFolder,
        note: (line) => io.stderr.write(`${line}\n`),
      })
      finish(exitCode)
    })
}

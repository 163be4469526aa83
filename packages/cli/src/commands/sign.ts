import { createRequestSigner } from '@countersign/client'
import type { CliCommand } from '../command-line.ts'
import type { Io } from '../io.ts'
import { readPrivateKeyFile } from '../key-file.ts'
import { readRequestLine } from '../request-line.ts'
import { type ConnectionOptions, readConnection, requireKey } from '../settings.ts'
import { type OutputOptions, openTerminal } from '../terminal/terminal.ts'

/** `sign METHOD PATH`: the headers that sign a request, for `curl -H @-` and the like. */
export function addSignCommand(parent: CliCommand, io: Io): void {
  parent
    .command('sign')
    .description('print the headers that sign a request, for curl -H @-')
    .argument('<method>', 'GET, POST, …')
    .argument('<path>', 'path as it will be sent, base path included')
    .action(async (method: string, path: string, _: unknown, command: CliCommand) =>
      sign(method, path, command.optsWithGlobals(), io),
    )
}

async function sign(method: string, path: string, options: ConnectionOptions & OutputOptions, io: Io): Promise<void> {
  const request = readRequestLine(method, path)
  const terminal = openTerminal(io, options)
  const { keyId, keyFile } = requireKey(await readConnection(options, io))
  const signRequest = createRequestSigner({ keyId, privateKey: await readPrivateKeyFile(keyFile, io), now: io.now })
  const signature = Object.entries(await signRequest({ method: request.method, target: request.path }))
  const headers = signature.map(([name, value]) => [name.toUpperCase(), value] as const)
  if (terminal.json) terminal.printJson(Object.fromEntries(headers))
  else terminal.print(headers.map(([name, value]) => `${name}: ${value}\n`).join(''))
}

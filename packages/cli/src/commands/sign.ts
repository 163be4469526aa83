import { createRequestSigner } from '@countersign/client'
import type { CliCommand } from '../command-line.ts'
import { readData } from '../data-option.ts'
import type { Io } from '../io.ts'
import { readPrivateKeyFile } from '../key-file.ts'
import { readRequestLine } from '../request-line.ts'
import { type ConnectionOptions, readConnection, requireKey } from '../settings.ts'
import { addSigningOptions } from '../signing-options.ts'
import { type OutputOptions, openTerminal } from '../terminal/terminal.ts'

interface SignOptions extends ConnectionOptions, OutputOptions {
  readonly data?: string
}

/** `sign METHOD PATH`: the headers that sign a request, for `curl -H @-` and the like. */
export function addSignCommand(parent: CliCommand, io: Io): void {
  addSigningOptions(parent.command('sign'))
    .description('print the headers that sign a request to --url, for curl -H @-')
    .argument('<method>', 'GET, POST, …')
    .argument('<path>', 'path and query as they will be sent, base path included')
    .option('--data <body>', 'body to cover: text, @FILE, or - for standard input; send it with curl --data-binary')
    .action(async (method: string, path: string, _: unknown, command: CliCommand) =>
      sign(method, path, command.optsWithGlobals(), io),
    )
}

async function sign(method: string, path: string, options: SignOptions, io: Io): Promise<void> {
  const line = readRequestLine(method, path)
  const terminal = openTerminal(io, options)
  const connection = await readConnection(options, io)
  const { profile, tag } = connection
  const { keyId, keyFile } = requireKey(connection)
  const { host, protocol, origin } = new URL(connection.url)
  const body = options.data === undefined ? undefined : await readData(options.data, line.method, io)
  const signRequest = createRequestSigner({
    keyId,
    privateKey: await readPrivateKeyFile(keyFile, io),
    profile,
    tag,
    now: io.now,
  })
  const signature = await signRequest({
    method: line.method,
    target: line.path,
    authority: host,
    scheme: protocol.slice(0, -1),
    body,
  })
  const headers = Object.entries(signature).map(([name, value]) => [NAMES[name] ?? name.toUpperCase(), value] as const)
  if (terminal.json) {
    terminal.printJson(Object.fromEntries(headers))
    return
  }
  if (profile === 'http-message-signatures') terminal.note(`Signed for ${origin}, ${bodyWords(body)}.\n`)
  terminal.print(headers.map(([name, value]) => `${name}: ${value}\n`).join(''))
}

/** Headers of the standard have their own spelling; access headers are written in capitals. */
const NAMES: Readonly<Record<string, string>> = {
  'content-digest': 'Content-Digest',
  'signature-input': 'Signature-Input',
  signature: 'Signature',
}

/** The usual mistake is another host or body than intended, so both are shown. */
function bodyWords(body: Buffer | undefined): string {
  if (!body || body.length === 0) return 'without a body'
  return body.length === 1 ? 'with a body of 1 byte' : `with a body of ${body.length} bytes`
}

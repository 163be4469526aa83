import { errorOf, readText } from '@countersign/client'
import { usageError } from '../cli-error.ts'
import type { CliCommand, Finish } from '../command-line.ts'
import { connect } from '../connect.ts'
import { readData } from '../data-option.ts'
import { describeError } from '../describe-error.ts'
import type { Io } from '../io.ts'
import { printError } from '../print-error.ts'
import { readRequestLine } from '../request-line.ts'
import type { ConnectionOptions } from '../settings.ts'
import { addSigningOptions } from '../signing-options.ts'
import { styleOf } from '../terminal/style.ts'
import { labelled, type OutputOptions } from '../terminal/terminal.ts'
import { escapeUntrusted, escapeUntrustedLines } from '../terminal/untrusted.ts'

interface RequestOptions extends ConnectionOptions, OutputOptions {
  readonly data?: string
}

/** The most bytes of a refusal that are read and printed. */
const MAX_REFUSAL_BYTES = 1024 * 1024

/** `request METHOD PATH`: signs, sends, and prints the body. The status goes to standard error. */
export function addRequestCommand(parent: CliCommand, io: Io, finish: Finish): void {
  addSigningOptions(parent.command('request'))
    .description('sign and send a request, print the body of the answer')
    .argument('<method>', 'GET, POST, …')
    .argument('<path>', 'path and query, base path included')
    .option('--data <json>', 'body: JSON, @FILE, or - for standard input')
    .action(async (method: string, path: string, _: unknown, command: CliCommand) => {
      const isGood = await request(method, path, command.optsWithGlobals(), io)
      finish(isGood ? 0 : 1)
    })
}

async function request(method: string, path: string, options: RequestOptions, io: Io): Promise<boolean> {
  const line = readRequestLine(method, path)
  const body = options.data === undefined ? undefined : checkJson(await readData(options.data, line.method, io))
  const { url, fetch } = await connect(options, io)
  const response = await fetch(url + line.path, {
    method: line.method,
    headers: body && { 'content-type': 'application/json' },
    body,
  })
  if (response.ok) {
    await printBody(response, io)
    if (!options.json) io.stderr.write(statusLine(response, options, io))
  } else await printRefusal(response, options, io)
  return response.ok
}

function checkJson(body: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  try {
    JSON.parse(body.toString('utf8'))
    return body
  } catch {
    throw usageError('--data is no JSON', 'give JSON, @FILE with JSON in it, or - for standard input')
  }
}

/** Byte for byte into a pipe; on a terminal as harmless text. */
async function printBody({ body }: Response, { stdout }: Io): Promise<void> {
  const decoder = new TextDecoder()
  let last = ''
  for await (const chunk of body ?? []) {
    if (!stdout.isTTY) stdout.write(chunk)
    else {
      const text = escapeUntrustedLines(decoder.decode(chunk, { stream: true }))
      last = text.at(-1) ?? last
      stdout.write(text)
    }
  }
  if (stdout.isTTY && last !== '' && last !== '\n') stdout.write('\n')
}

/** The body as received, the status, and what to do about it. The bound keeps a broken server from filling memory. */
async function printRefusal(response: Response, options: OutputOptions, io: Io): Promise<void> {
  const text = (await readText(response, MAX_REFUSAL_BYTES)) ?? ''
  const { status, headers } = response
  await printBody(new Response(text), io)
  const error = describeError(await errorOf(new Response(text, { status, headers }), io.now()))
  if (options.json) printError(error, io, options)
  else io.stderr.write(statusLine(response, options, io) + labelled([['fix', escapeUntrusted(error.fix)]]))
}

function statusLine(
  { ok, status, statusText }: Response,
  { color = true }: OutputOptions,
  { stderr, env }: Io,
): string {
  const { signs } = styleOf(stderr, env, color)
  return `${`${ok ? signs.good : signs.bad} ${status} ${escapeUntrusted(statusText)}`.trimEnd()}\n`
}

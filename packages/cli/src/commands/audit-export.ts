import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fetchAuditLines } from '../audit-lines.ts'
import { CliError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import { connect } from '../connect.ts'
import type { Io } from '../io.ts'
import type { ConnectionOptions } from '../settings.ts'
import { shellQuote } from '../shell-quote.ts'
import { addSigningOptions, requireMessageSignatures } from '../signing-options.ts'
import { labelled, type OutputOptions, openTerminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface ExportOptions extends ConnectionOptions, OutputOptions {
  readonly out?: string
}

/** `audit export`: the whole log, one event a line, as it is hashed. */
export function addAuditExportCommand(parent: CliCommand, io: Io): void {
  addSigningOptions(parent.command('export'))
    .description("the whole audit log, one event a line, to be verified anywhere; needs an operator's key")
    .option('--out <file>', 'write to this file (mode 0600, never overwritten); standard output where absent')
    .action(async (_: unknown, command: CliCommand) => exportLog(command.optsWithGlobals(), io))
}

async function exportLog({ out, ...options }: ExportOptions, io: Io): Promise<void> {
  const terminal = openTerminal(io, options)
  const connection = await connect(requireMessageSignatures(options), io)
  const lines = fetchAuditLines(connection, 'exporting', terminal, io)
  if (out === undefined) {
    for await (const line of lines) io.stdout.write(`${line}\n`)
    return
  }
  const handle = await openNew(out, io.cwd)
  let events = -1
  try {
    for await (const line of lines) {
      await handle.writeFile(`${line}\n`)
      events++
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (terminal.json) {
    terminal.printJson({ file: resolve(io.cwd, out), events })
    return
  }
  const { bold, signs, next } = terminal.style
  terminal.print(
    `${signs.good} ${bold('Audit log exported')}\n` +
      labelled([
        ['events', events.toLocaleString('en')],
        ['file', `${escapeUntrusted(out)} (mode 0600)`],
        ['verify', next(`countersign audit verify ${escapeUntrusted(shellQuote(out))} --head FILE`)],
      ]),
  )
}

async function openNew(file: string, cwd: string) {
  try {
    return await open(resolve(cwd, file), 'wx', 0o600)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    throw new CliError({
      code: code === 'EEXIST' ? 'file_exists' : 'file_unwritable',
      message: code === 'EEXIST' ? `${file} exists` : `${file} cannot be written: ${String(code)}`,
      fix: 'choose another name; nothing is ever overwritten',
    })
  }
}

import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  type AuditHead,
  type AuditLogCheck,
  type AuditLogFault,
  checkAuditLog,
  fingerprintOf,
  parseAuditHead,
  parsePublicKey,
  verifyAuditHead,
} from '@countersign/protocol'
import { fetchAuditLines } from '../audit-lines.ts'
import { CliError } from '../cli-error.ts'
import type { CliCommand, Finish } from '../command-line.ts'
import { connect } from '../connect.ts'
import type { Io } from '../io.ts'
import { readPublicKeyFile } from '../key-file.ts'
import type { ConnectionOptions } from '../settings.ts'
import { addSigningOptions, requireMessageSignatures } from '../signing-options.ts'
import { labelled, type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/time.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface VerifyOptions extends ConnectionOptions, OutputOptions {
  readonly head?: string
  readonly publicKey?: string
}

/** Heads with right signatures, and the fingerprint of the one key that signed them. */
interface KnownHeads {
  readonly heads: readonly AuditHead[]
  readonly signer: string
}

/** `audit verify [FILE]`: whether a log is whole. */
export function addAuditVerifyCommand(parent: CliCommand, io: Io, finish: Finish): void {
  addSigningOptions(parent.command('verify'))
    .description('whether the audit log is whole: an exported file, or that of the server')
    .argument('[file]', "exported log; the server's own where absent, with an operator's key")
    .option('--head <file>', 'signed heads, one a line (audit-heads.jsonl): without one a cut-off tail cannot be seen')
    .option('--public-key <file>', 'the public key of the deployment that must have signed the heads, PEM')
    .action(async (file: string | undefined, _: unknown, command: CliCommand) =>
      finish(await verifyLog(file, command.optsWithGlobals(), io)),
    )
}

async function verifyLog(file: string | undefined, options: VerifyOptions, io: Io): Promise<0 | 1> {
  const terminal = openTerminal(io, options)
  const known = options.head === undefined ? undefined : await readHeads(options.head, options.publicKey, io)
  const lines =
    file === undefined
      ? fetchAuditLines(await connect(requireMessageSignatures(options), io), 'verifying', terminal, io)
      : readLines(file, io)
  const check = checkAuditLog(known?.heads)
  const fault = await findFault(lines, check)
  if (terminal.json) terminal.printJson(toJson(check, fault, known))
  else terminal.print(fault ? faultWords(fault, check, terminal) : wholeWords(check, known, terminal))
  return fault ? 1 : 0
}

async function findFault(lines: AsyncIterable<string>, check: AuditLogCheck): Promise<AuditLogFault | undefined> {
  for await (const line of lines) {
    const fault = await check.next(line)
    if (fault) return fault
  }
  return check.end()
}

async function* readLines(file: string, io: Io): AsyncGenerator<string> {
  const input = createReadStream(resolve(io.cwd, file), 'utf8')
  try {
    // Only LF ends a line: names may hold other line breaks.
    yield* splitLines(input)
  } catch (error) {
    throw unreadable(file, error)
  }
}

async function* splitLines(input: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const text of input) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

async function readHeads(file: string, publicKeyFile: string | undefined, io: Io): Promise<KnownHeads> {
  const text = await readFile(resolve(io.cwd, file), 'utf8').catch((error: unknown) =>
    Promise.reject(unreadable(file, error)),
  )
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const heads = lines.map(parseAuditHead).filter((head) => head !== undefined)
  if (heads.length === 0 || heads.length < lines.length) {
    throw headError(
      `${file} is not a file of audit heads`,
      'give the heads that the server published: audit-heads.jsonl',
    )
  }
  const signers = new Set<string>()
  for (const head of heads) {
    const key = await verifyAuditHead(head)
    if (!key)
      throw headError(`the signature of head ${head.seq} is wrong`, 'give the heads as the server published them')
    signers.add(await fingerprintOf(key))
  }
  const [signer = '', another] = signers
  if (another !== undefined) throw headError('the heads are signed by different keys', 'give those of one key')
  const wanted = publicKeyFile === undefined ? signer : await fingerprintIn(publicKeyFile, io)
  if (wanted !== signer) {
    throw headError(`the heads are signed by ${signer}, not by ${publicKeyFile}`, 'give the heads of your deployment')
  }
  return { heads, signer }
}

async function fingerprintIn(file: string, io: Io): Promise<string> {
  const key = parsePublicKey(await readPublicKeyFile(file, io))
  if ('problem' in key) throw headError(`${file} ${key.message}`, 'give a public key as PEM')
  return fingerprintOf(key)
}

function headError(message: string, fix: string): CliError {
  return new CliError({ code: 'audit_head', message, fix })
}

function unreadable(file: string, error: unknown): CliError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return new CliError({
    code: 'file_unreadable',
    message: `${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}`,
    fix: 'check its path',
  })
}

function wholeWords(check: AuditLogCheck, known: KnownHeads | undefined, { style, fit }: Terminal): string {
  const { seq } = check.position()
  const events = seq.toLocaleString('en')
  if (!known) {
    return (
      `${style.signs.warning} ${style.bold('No event was changed or taken out')}, ${events} events\n` +
      '  No head was given: a tail that was cut off, or a log that was written anew, could not be seen.\n'
    )
  }
  const last = known.heads.reduce((a, b) => (b.seq > a.seq ? b : a))
  return (
    `${style.signs.good} ${style.bold('The log is whole')}, ${events} events\n` +
    labelled([
      ['deployment', escapeUntrusted(check.deploymentId() ?? '')],
      ['last head', `event ${last.seq.toLocaleString('en')}, signed ${formatTime(last.at, fit !== undefined)}`],
      ['signed by', known.signer],
    ])
  )
}

function faultWords(fault: AuditLogFault, check: AuditLogCheck, { style }: Terminal): string {
  const { seq } = check.position()
  const [heading, why] = FAULTS[fault](seq)
  return `${style.signs.bad} ${style.bold(heading)}\n  ${why}\n`
}

const FAULTS: Readonly<Record<AuditLogFault, (seq: number) => readonly [heading: string, why: string]>> = {
  not_a_log: () => ['This is no exported audit log', 'Its first line is not the one that an export begins with.'],
  other_deployment: () => [
    'The heads are of another deployment',
    'A head counts for the log of its own deployment only.',
  ],
  not_an_event: (seq) => [`Broken at event ${seq + 1}`, 'Its line is not written as an event was exported.'],
  events_missing: (seq) => [
    `Broken at event ${seq + 1}`,
    `Another event follows event ${seq}: something was taken out or moved.`,
  ],
  wrong_previous_hash: (seq) => [`Broken at event ${seq + 1}`, `Its hash does not follow from event ${seq}.`],
  wrong_hash: (seq) => [`Broken at event ${seq + 1}`, 'It was changed: its hash is not that of what it tells.'],
  head_differs: (seq) => [
    `Event ${seq} is not the one that was signed`,
    'The log was written anew at or before this event.',
  ],
  tail_missing: (seq) => [`The log ends at event ${seq}, before its signed head`, 'Its tail was cut off.'],
}

function toJson(check: AuditLogCheck, fault: AuditLogFault | undefined, known: KnownHeads | undefined): object {
  return {
    whole: fault === undefined,
    events: check.position().seq,
    deployment_id: check.deploymentId() ?? null,
    heads: known?.heads.length ?? 0,
    signed_by: known?.signer,
    fault,
  }
}

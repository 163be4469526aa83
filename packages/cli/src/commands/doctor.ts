import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  authoritiesOf,
  CAUSES,
  type CandidateKey,
  codeSample,
  type Diagnosis,
  diagnose,
  inspectPem,
  LANGUAGES,
  type Language,
  type ParsedRequest,
  type PemReport,
  parseInput,
  type RefusedRequest,
} from '@countersign/doctor'
import { fingerprintOf, publicKeyPem } from '@countersign/protocol'
import { Option } from 'commander'
import { CliError, usageError } from '../cli-error.ts'
import type { CliCommand, Finish } from '../command-line.ts'
import { clockWords, describeDiagnosis, row } from '../doctor/describe-diagnosis.ts'
import { describePem } from '../doctor/describe-pem.ts'
import { answerIn, type LiveFacts, readLive } from '../doctor/read-live.ts'
import type { Io } from '../io.ts'
import { checkKeyFilePath, keyForPath, looksLikeKey, readKeyFileBytes, readPublicKeyFile } from '../key-file.ts'
import { reservePrivateKeyOutput } from '../private-key-output.ts'
import type { ConnectionOptions } from '../settings.ts'
import type { Style } from '../terminal/style.ts'
import { type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/time.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface DoctorOptions extends ConnectionOptions, OutputOptions {
  readonly pem?: readonly string[]
  readonly at?: number
  readonly basePath?: string
  readonly headerPrefix?: string
  readonly repair?: string
  readonly format?: 'pkcs8' | 'pkcs1'
  readonly code?: Language
  readonly live?: boolean
}

/** `doctor [REQUEST]`: why a request was refused, offline; with `--live`, with what the server knows. */
export function addDoctorCommand(parent: CliCommand, io: Io, finish: Finish): void {
  parent
    .command('doctor')
    .description('why a request was refused: reads a curl command, an HTTP request or a HAR entry; sends none of it')
    .argument('[request]', 'file with the request, or - for standard input')
    .option('--pem <file>', 'key of the request, private or public; again for others of the account', collect)
    .option('--at <time>', "the server's time when it was sent: the answer's Date header", parseTime)
    .option('--base-path <path>', 'base path of the API (/trade-api/v2)')
    .option('--header-prefix <prefix>', 'prefix of the access headers (the one that the request uses)')
    .option('--tag <text>', 'tag that the server asks of http-message-signatures (any)')
    .option('--live', 'ask the server about its time, the keys of the account and their last refusals')
    .option('--repair <file>', 'write the key of --pem as it should be; an existing file is never overwritten')
    .addOption(new Option('--format <name>', 'of the repaired private key').choices(['pkcs8', 'pkcs1']))
    .addOption(new Option('--code <language>', 'show how this request is signed right').choices(LANGUAGES))
    .action(async (request: string | undefined, _: unknown, command: CliCommand) => {
      const isSound = await doctor(request, command.optsWithGlobals(), io)
      finish(isSound ? 0 : 1)
    })
}

async function doctor(file: string | undefined, options: DoctorOptions, io: Io): Promise<boolean> {
  if (file === undefined && options.pem === undefined && io.stdin.isTTY) {
    throw usageError(
      'nothing to look at',
      'countersign doctor request.txt --pem key.pem',
      'Name a request, a key, or both.',
    )
  }
  const terminal = openTerminal(io, options)
  const pems = await readPems(options.pem ?? [], io)
  const repaired = await repair(pems, options, io)
  const parsed = await readParsed(file, options, io)
  const live = options.live
    ? await readLive(options, parsed?.request, parsed && keyIdOf(parsed.request), options.basePath, io)
    : undefined
  const diagnosis = parsed && (await diagnoseParsed(parsed, pems, live, options, terminal))
  const seen: Seen = { pems, repaired, parsed, live, diagnosis }
  if (terminal.json) terminal.printJson(toJson(seen))
  else terminal.print(describe(seen, options, terminal))
  const areKeysSound = pems.every(
    ({ report }, i) => report.problems.length === 0 || (i === 0 && repaired !== undefined),
  )
  return areKeysSound && (!diagnosis || diagnosis.verdict === 'correct')
}

/** Everything that one run examined. */
interface Seen {
  readonly pems: readonly PemRead[]
  /** The first of the keys, repaired. */
  readonly repaired: Repaired | undefined
  readonly parsed: ParsedRequest | undefined
  readonly live: LiveFacts | undefined
  readonly diagnosis: Diagnosis | undefined
}

function describe(
  { pems, repaired, parsed, live, diagnosis }: Seen,
  options: DoctorOptions,
  terminal: Terminal,
): string {
  const { style, fit } = terminal
  const ofKeys = pems.filter(({ report }) => report.problems.length > 0 || !parsed)
  const isRepaired = (pem: PemRead) => repaired !== undefined && pem === pems[0]
  return [
    ...ofKeys.map((pem) => describePem(pem.name, pem.report, isRepaired(pem), style)),
    repaired && describeRepaired(repaired, style),
    diagnosis && describeDiagnosis(diagnosis, hasKeys(pems, live), style, fit),
    live && describeLive(live, terminal),
    parsed && options.code && `\n${codeFor(options.code, parsed.request, pems, options)}`,
  ]
    .filter((part) => typeof part === 'string')
    .join('')
}

/** The request in the file or on standard input. If that is empty, only the key is examined. */
async function readParsed(
  file: string | undefined,
  { pem, repair }: DoctorOptions,
  io: Io,
): Promise<ParsedRequest | undefined> {
  if (file === undefined && pem !== undefined && (io.stdin.isTTY || repair !== undefined)) return undefined
  const text = await readText(file ?? '-', io)
  return file === undefined && pem !== undefined && text.trim() === '' ? undefined : readRequest(text)
}

/**
 * Where the key was written. If the bytes may not be a seed, also the public key that they make, to compare with the
 * registered one.
 */
function describeRepaired({ file, isGuess, fingerprint, publicKey }: Repaired, { signs }: Style): string {
  const written = `${signs.good} Written to ${escapeUntrusted(file)} (mode 0600)`
  const made = [row('compare', `fingerprint ${fingerprint} with the registered key`), publicKey.trimEnd()]
  return `${(isGuess ? [written, ...made] : [written]).join('\n')}\n`
}

function hasKeys(pems: readonly PemRead[], live: LiveFacts | undefined): boolean {
  return pems.some(({ report }) => report.publicKey) || (live?.keys.length ?? 0) > 0
}

interface PemRead {
  /** The path as given. */
  readonly name: string
  readonly report: PemReport
}

async function readPems(files: readonly string[], io: Io): Promise<PemRead[]> {
  const pems: PemRead[] = []
  for (const name of files) pems.push({ name, report: await inspectPem(await readKeyFileBytes(name, io)) })
  return pems
}

/** A rewritten key. */
interface Repaired {
  readonly file: string
  /**
   * Whether the bytes may be something other than a key. They are the registered key only if the public key is the
   * same.
   */
  readonly isGuess: boolean
  readonly fingerprint: string
  /** As PEM. */
  readonly publicKey: string
}

async function repair(
  [pem]: readonly PemRead[],
  { repair: file, format = 'pkcs8' }: DoctorOptions,
  io: Io,
): Promise<Repaired | undefined> {
  if (file === undefined) return undefined
  if (!pem) throw usageError('--repair needs a key', 'name it with --pem FILE')
  const { report, name } = pem
  const whole = report.repaired ?? (await readPublicKeyFile(name, io))
  const text = format === 'pkcs1' ? report.pkcs1 : whole
  if (!report.publicKey || text === undefined) {
    const [problem] = report.problems
    throw new CliError({
      code: 'cannot_repair',
      message: problem
        ? `${name} cannot be repaired: ${problem.title}`
        : `${name} is no private RSA key, so it has no PKCS#1 form`,
      fix: problem?.hint ?? 'leave out --format',
    })
  }
  const output = await reservePrivateKeyOutput(file, io.cwd)
  await output.save(text)
  const isGuess = report.problems.some(({ code }) => code === 'ed25519_seed')
  const { publicKey: key } = report
  return { file, isGuess, fingerprint: await fingerprintOf(key), publicKey: publicKeyPem(key) }
}

async function readText(file: string, io: Io): Promise<string> {
  if (file === '-') return io.stdin.read()
  try {
    return await readFile(resolve(io.cwd, file), 'utf8')
  } catch (error) {
    if (await looksLikeKey(file)) throw keyForPath()
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new CliError({
      code: 'request_unreadable',
      message: `${file} cannot be read: ${code}`,
      fix: 'check the path of the request',
    })
  }
}

function readRequest(text: string): ParsedRequest {
  const parsed = parseInput(text)
  if (!('problem' in parsed)) return parsed
  throw new CliError({
    code: 'no_request',
    message: parsed.problem.replace(/\.$/, ''),
    fix: 'give a curl command with its values, an HTTP request as curl -v prints it, or a HAR entry',
  })
}

async function diagnoseParsed(
  { request, serverTimeMs, answer: answered }: ParsedRequest,
  pems: readonly PemRead[],
  live: LiveFacts | undefined,
  { at = serverTimeMs, basePath, headerPrefix, tag }: DoctorOptions,
  terminal: Terminal,
): Promise<Diagnosis> {
  const files = pems.flatMap(({ name, report: { publicKey: key } }): CandidateKey[] => (key ? [{ key, name }] : []))
  const known = live?.keys ?? []
  const isKnown = ({ key }: CandidateKey) => known.some((other) => Buffer.compare(other.key.spki, key.spki) === 0)
  const answer = answered ?? (live && answerIn(live.refusals, request, signedAtOf(request)))
  let shownAt = 0
  return diagnose(request, {
    keys: [...known, ...files.filter((candidate) => !isKnown(candidate))],
    serverTimeMs: at,
    basePath,
    headerPrefix,
    tag,
    keyFacts: live?.keyFacts,
    route: live?.route,
    answer,
    onProgress(done, of) {
      if (done - shownAt < 1000 || !terminal.fit) return
      shownAt = done
      terminal.note(`trying ${done} of ${of} readings\n`)
    },
  })
}

function keyIdOf({ headers }: RefusedRequest): string | undefined {
  const named = headers.find(([name]) => /-access-key$/i.test(name))?.[1]
  const input = headers.find(([name]) => /^signature-input$/i.test(name))?.[1] ?? ''
  return named ?? /;keyid="([^"]*)"/.exec(input)?.[1]
}

/** When the request was signed, in Unix milliseconds, if it says so. */
function signedAtOf({ headers }: RefusedRequest): number | undefined {
  const timestamp = headers.find(([name]) => /-access-timestamp$/i.test(name))?.[1] ?? ''
  if (/^\d{13}$/.test(timestamp)) return Number(timestamp)
  const input = headers.find(([name]) => /^signature-input$/i.test(name))?.[1] ?? ''
  const created = /;created=(\d{10})(?!\d)/.exec(input)?.[1]
  return created === undefined ? undefined : Number(created) * 1000
}

function describeLive({ clockAheadMs, refusals }: LiveFacts, { fit }: Terminal): string {
  const rows = refusals.slice(0, 5).map(({ at, code, method, path, diagnosis }) => {
    const cause = diagnosis ? `  ${diagnosis.cause}` : ''
    return row('refused', escapeUntrusted(`${formatTime(at, fit !== undefined)}  ${code}  ${method} ${path}${cause}`))
  })
  return `${[row('clock', `This machine's clock ${clockWords(clockAheadMs)}.`), ...rows].join('\n')}\n`
}

function codeFor(
  language: Language,
  request: RefusedRequest,
  pems: readonly PemRead[],
  options: DoctorOptions,
): string {
  const [pem] = pems
  const { method, target } = request
  const [authority = 'api.example.com'] = authoritiesOf(request, undefined)
  const scheme = request.scheme ?? (/^(?:localhost|127\.|\[::1\])/.test(authority) ? 'http' : 'https')
  const prefix = request.headers.map(([name]) => /^(.+)-access-key$/i.exec(name)?.[1]).find(Boolean)
  return codeSample(language, {
    keyType: pem?.report.publicKey?.type ?? 'rsa',
    keyId: keyIdOf(request) ?? 'KEY_ID',
    keyFile: pem?.report.isPrivate ? pem.name : 'key.pem',
    method: method.toUpperCase(),
    url: `${scheme}://${authority}${target}`,
    headerPrefix: options.headerPrefix ?? prefix ?? 'KALSHI',
  })
}

function toJson({ pems, repaired, diagnosis, live }: Seen): object {
  return {
    keys: pems.length > 0 ? pems.map(pemJson) : undefined,
    repaired: repaired && { file: repaired.file, fingerprint: repaired.fingerprint, public_key: repaired.publicKey },
    diagnosis: diagnosis && diagnosisJson(diagnosis),
    live: live && { clock_ahead_ms: Math.round(live.clockAheadMs), refusals: live.refusals },
  }
}

function pemJson({ name, report: { problems, isPrivate, publicKey } }: PemRead): object {
  return {
    file: name,
    is_private: isPrivate,
    type: publicKey?.type ?? null,
    problems: problems.map(({ code, hint, details }) => ({ code, hint, details })),
  }
}

function diagnosisJson(diagnosis: Diagnosis): object {
  const { verdict } = diagnosis
  const signed = 'signed' in diagnosis ? diagnosis.signed : undefined
  const findings = verdict === 'mistake' ? diagnosis.findings : []
  return {
    verdict,
    findings: findings.map((finding) => ({ ...finding, hint: CAUSES[finding.cause].hint })),
    signed_text: signed?.diff.signed,
    expected_text: signed?.diff.expected,
    algorithm: signed?.algorithm,
    remark: verdict === 'correct' ? diagnosis.remark : undefined,
    unseen: verdict === 'correct' ? diagnosis.unseen : undefined,
  }
}

function collect(file: string, others: readonly string[] = []): string[] {
  return [...others, checkKeyFilePath(file, '--pem')]
}

function parseTime(text: string): number {
  const time = /^\d{13}$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isFinite(time)) return time
  throw usageError('--at is no time', 'give the Date header of the answer, an ISO time or Unix milliseconds')
}

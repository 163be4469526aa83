import { type Environment, kubernetesVariables } from './config/environment.ts'
import { readSettings, type SettingsOverrides } from './config/read-settings.ts'
import { STOP_WITHIN_MS } from './http/http-server.ts'
import { planConnections } from './http/plan-connections.ts'
import { createLogger } from './observe/log.ts'
import { type RunningServer, startServer } from './server.ts'

/** Options from the command line. */
export interface ServeOptions {
  readonly env?: Environment
  readonly overrides?: SettingsOverrides
  /** The folder of the configuration file, and of `data/` if no database is named; the working folder by default. */
  readonly baseFolder?: string
  /** Receives lines for people; standard error by default. The log goes to standard output. */
  readonly note?: (line: string) => void
  /** Whether a person sees the notes on a terminal: only then they hold a sign-in link. False by default. */
  readonly notesAreSeen?: boolean
}

/** How much longer than its requests the server may take to stop, in milliseconds. */
const EXIT_GRACE_MS = 2_000

/**
 * Runs the server until SIGINT or SIGTERM. It is the only reader of `process` in this package. One signal is enough in
 * every state. A start or a stop that does not end is given up after 2 s or 12 s, and the process ends.
 *
 * @returns the exit code: 0 after an orderly stop, 1 if requests were cut off or a part of the server could not go on
 * @throws ConfigError, DatabaseUrlError, DatabaseTooNewError, and errors of listening (EADDRINUSE)
 */
export async function serve(options: ServeOptions = {}): Promise<number> {
  const { env = process.env, overrides = {}, baseFolder = process.cwd() } = options
  const { note = (line) => process.stderr.write(`${line}\n`), notesAreSeen = false } = options
  const told = stopSignal()
  const foreign = kubernetesVariables(env)
  if (foreign.length > 0) note(`ignored, set by Kubernetes for a Service: ${foreign.join(', ')}`)
  const settings = await readSettings(env, overrides, baseFolder)
  const log = createLogger(settings.logLevel)
  const planned = planConnections(settings, openFilesLimit())
  if (planned.note !== undefined) note(planned.note)
  const starting = startServer({ ...settings, connections: planned.connections }, log)
  const server = await Promise.race([starting, told])
  if (server === undefined) return stopStarting(starting)
  const firstLink = notesAreSeen ? await server.firstLink() : undefined
  for (const line of startupLines(server, firstLink)) note(line)
  const failure = await Promise.race([told, server.failure])
  if (failure) {
    log.fatal({ err: failure }, 'the server cannot go on and ends')
    note(`error: the server cannot go on: ${failure.message}`)
  }
  exitAfter(STOP_WITHIN_MS + EXIT_GRACE_MS, 1)
  const isOrderly = await server.close()
  return isOrderly && !failure ? 0 : 1
}

/**
 * The limit of descriptors of this process: Node has raised the soft limit to the hard one. `undefined` if there is no
 * limit.
 */
function openFilesLimit(): number | undefined {
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : undefined
}

function startupLines(
  { url, authorizeUrl, location, isEmpty }: RunningServer,
  firstLink: string | undefined,
): string[] {
  const lines = [`Countersign listens on ${url}`, `  database   ${location}`]
  if (url !== authorizeUrl) lines.push(`  dashboard  ${url}/dashboard`, `  docs       ${url}/docs`)
  if (authorizeUrl) lines.push(`  authorize  ${authorizeUrl}/authorize (for the proxy before your API)`)
  if (!isEmpty) return lines
  lines.push('', 'No key yet. Make the first one with its account, in another terminal:')
  lines.push('  npx countersign bootstrap --account demo --out demo.pem')
  if (firstLink === undefined) return lines
  return [...lines, 'Or sign in as operator: this link works once, within ten minutes.', `  ${firstLink}`]
}

function stopSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve(undefined))
    process.once('SIGTERM', () => resolve(undefined))
  })
}

/** Ends what a start has opened. It does not wait for a start that waits for a database. */
async function stopStarting(starting: Promise<RunningServer>): Promise<number> {
  exitAfter(EXIT_GRACE_MS, 0)
  const server = await starting.catch(() => undefined)
  return (await server?.close()) === false ? 1 : 0
}

/** Commits are durable: if the server does not end in time, ending the process loses nothing. */
function exitAfter(ms: number, exitCode: number): void {
  setTimeout(() => process.exit(exitCode), ms).unref()
}

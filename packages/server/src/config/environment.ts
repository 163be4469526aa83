import { readFile } from 'node:fs/promises'
import { type Static, type TSchema, Type } from 'typebox'
import { PublicUrlSchema, REDIS_URL, TrustedProxiesSchema } from './config-schema.ts'
import { readProblem } from './load-file.ts'
import { nearest } from './nearest.ts'
import { originOf } from './origin-of.ts'
import { quote } from './quote.ts'
import { readValue } from './read-value.ts'
import { wholeNumber } from './schema-parts.ts'
import { LOG_LEVELS, type LogLevel } from './settings.ts'

/** The environment as a plain record. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The settings of the environment. An empty variable counts as absent. */
export interface Said {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly authorizePort: number | undefined
  readonly workers: number | undefined
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  readonly singleNodePromises: boolean | undefined
  readonly configFile: string | undefined
  readonly trustedProxies: readonly string[] | undefined
  readonly logLevel: LogLevel | undefined
  readonly publicUrl: string | undefined
  readonly deploymentKeyFile: string | undefined
}

/** Where a server may listen. */
export const host = Type.String({
  pattern: '^[A-Za-z0-9.:_-]{1,255}$',
  errorMessage: 'an address or a host name',
})
/** A port; 0 lets the system choose. */
export const port = wholeNumber(0, 65_535)
/** Data-plane threads. */
export const workers = wholeNumber(1, 256)

const text = Type.String()
const logLevel = Type.Enum(LOG_LEVELS)
const yesOrNo = Type.Enum(['true', 'false'])
const redisUrlForm = new RegExp(REDIS_URL)

/** Settings that may be given as the path of a file that holds them. */
const SECRETS = ['COUNTERSIGN_DATABASE_URL', 'COUNTERSIGN_REDIS_URL']

const KNOWN = [
  'COUNTERSIGN_HOST',
  'COUNTERSIGN_PORT',
  'COUNTERSIGN_AUTHORIZE_PORT',
  'COUNTERSIGN_WORKERS',
  'COUNTERSIGN_CONFIG',
  'COUNTERSIGN_TRUSTED_PROXIES',
  'COUNTERSIGN_LOG_LEVEL',
  'COUNTERSIGN_PUBLIC_URL',
  'COUNTERSIGN_DEPLOYMENT_KEY_FILE',
  'COUNTERSIGN_SINGLE_NODE_PROMISES',
  ...SECRETS.flatMap((name) => [name, `${name}_FILE`]),
]

/** Clients and the command line read these; the server does not. */
const CLIENT_VARIABLES = ['COUNTERSIGN_URL', 'COUNTERSIGN_KEY_ID', 'COUNTERSIGN_KEY_FILE']

/**
 * Variables that Kubernetes sets in every container for a Service whose name begins with `countersign`
 * (`COUNTERSIGN_PORT=tcp://10.96.12.7:4100`, `COUNTERSIGN_SERVICE_HOST=10.96.12.7`). Nobody chose them as settings.
 */
export function kubernetesVariables(env: Environment): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => (isOfKubernetes(name, value) ? name : []))
}

function isOfKubernetes(name: string, value: string): boolean {
  if (!name.startsWith('COUNTERSIGN_')) return false
  return KUBERNETES_NAME.test(name) || (name.endsWith('_PORT') && KUBERNETES_ADDRESS.test(value))
}

const KUBERNETES_NAME =
  /_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$|_PORT_\d{1,5}_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/
const KUBERNETES_ADDRESS = /^(?:tcp|udp|sctp):\/\/[0-9A-Za-z.:[\]-]+$/

/** Reads the variables that begin with `COUNTERSIGN_`. Problems go to `problems`, one on each line. */
export async function readEnvironment(given: Environment, problems: string[]): Promise<Said> {
  const foreign = kubernetesVariables(given)
  const env = Object.fromEntries(Object.entries(given).filter(([name]) => !foreign.includes(name)))
  const known = [...KNOWN, ...CLIENT_VARIABLES]
  for (const name of Object.keys(env)) {
    if (!name.startsWith('COUNTERSIGN_') || known.includes(name)) continue
    problems.push(`${quote(name).slice(1, -1)}: unknown variable, nearest known: ${nearest(name, known)}`)
  }

  function read<Schema extends TSchema>(
    name: string,
    schema: Schema,
    parse: (text: string) => unknown = (text) => text,
  ): Static<Schema> | undefined {
    const value = env[name]
    if (!value) return undefined
    const report = (_: unknown, problem: string) => problems.push(`${name}: ${problem}`)
    return readValue(schema, parse(value), [], report) as Static<Schema>
  }

  async function readSecret(name: string): Promise<string | undefined> {
    const file = env[`${name}_FILE`]
    const value = env[name]
    if (!file || value) {
      if (file) problems.push(`${name}: found together with ${name}_FILE, allowed: one of them`)
      return value || undefined
    }
    try {
      const secret = (await readFile(file, 'utf8')).trim()
      if (secret === '') problems.push(`${name}_FILE: ${quote(file)}: it is empty`)
      return secret || undefined
    } catch (error) {
      problems.push(`${name}_FILE: ${quote(file)}: ${readProblem(error)}`)
      return undefined
    }
  }

  const redisUrl = await readSecret('COUNTERSIGN_REDIS_URL')
  if (redisUrl !== undefined && !redisUrlForm.test(redisUrl)) {
    problems.push(
      'COUNTERSIGN_REDIS_URL: found another kind of URL, allowed: redis://… or rediss://… (@, # and blanks in a password percent-encoded)',
    )
  }
  return {
    host: read('COUNTERSIGN_HOST', host),
    port: read('COUNTERSIGN_PORT', port, toNumber),
    authorizePort: read('COUNTERSIGN_AUTHORIZE_PORT', port, toNumber),
    workers: read('COUNTERSIGN_WORKERS', workers, toNumber),
    databaseUrl: await readSecret('COUNTERSIGN_DATABASE_URL'),
    redisUrl,
    singleNodePromises: toBoolean(read('COUNTERSIGN_SINGLE_NODE_PROMISES', yesOrNo)),
    configFile: read('COUNTERSIGN_CONFIG', text),
    trustedProxies: read('COUNTERSIGN_TRUSTED_PROXIES', TrustedProxiesSchema, (text) =>
      text.split(',').map((each) => each.trim()),
    ),
    logLevel: read('COUNTERSIGN_LOG_LEVEL', logLevel),
    publicUrl: originOf(read('COUNTERSIGN_PUBLIC_URL', PublicUrlSchema)),
    deploymentKeyFile: read('COUNTERSIGN_DEPLOYMENT_KEY_FILE', text),
  }
}

function toBoolean(text: 'true' | 'false' | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true'
}

/** A text as a number if it is one. Any other text stays unchanged, and its reader refuses it. */
function toNumber(text: string): number | string {
  return /^\d{1,9}$/.test(text) ? Number(text) : text
}

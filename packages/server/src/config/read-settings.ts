import { resolve } from 'node:path'
import type { TSchema } from 'typebox'
import { ConfigError } from './config-error.ts'
import { withDefaults } from './config-schema.ts'
import { type Environment, host, port, readEnvironment, workers } from './environment.ts'
import { findConfigFile } from './find-file.ts'
import { readConfigFile } from './read-config-file.ts'
import { readValue } from './read-value.ts'
import { redisProblems } from './redis-connection.ts'
import { DEFAULT_SETTINGS, defaultDatabaseUrl, type Settings } from './settings.ts'

/** Settings of the command line. They take precedence over the environment, and the environment over the file. */
export interface SettingsOverrides {
  readonly host?: string
  readonly port?: number
  readonly authorizePort?: number
  readonly plane?: Settings['plane']
  readonly workers?: number
  readonly singleNodePromises?: boolean
  readonly databaseUrl?: string
  /** Path of the configuration file. */
  readonly config?: string
}

/**
 * Settings from the command line, the environment and the configuration file, in this order, and otherwise the
 * defaults.
 *
 * @param baseFolder the folder of the configuration file, and of `data/countersign.db` if no database is named
 * @throws ConfigError with all problems
 */
export async function readSettings(
  env: Environment,
  overrides: SettingsOverrides,
  baseFolder: string,
): Promise<Settings> {
  const problems: string[] = []
  const said = await readEnvironment(env, problems)
  checkOverrides(overrides, problems)
  const configFile = await findFile(overrides.config ?? said.configFile, baseFolder, problems)
  const config = configFile === undefined ? {} : await readConfigFile(configFile, problems)
  const fromFile = withDefaults(config)
  const { redisUrl } = said
  if (problems.length === 0) problems.push(...redisProblems({ redisUrl, redis: fromFile.redis }))
  if (problems.length > 0) throw new ConfigError(problems)

  const databaseUrl = overrides.databaseUrl ?? said.databaseUrl ?? defaultDatabaseUrl(baseFolder)
  // A SQLite file gets its own folder.
  const deploymentKeyFile =
    said.deploymentKeyFile ?? (/^postgres/i.test(databaseUrl) ? defaultKeyFile(baseFolder) : undefined)
  return {
    ...DEFAULT_SETTINGS,
    ...fromFile,
    configFile,
    host: overrides.host ?? said.host ?? DEFAULT_SETTINGS.host,
    port: overrides.port ?? said.port ?? DEFAULT_SETTINGS.port,
    authorizePort: overrides.authorizePort ?? said.authorizePort ?? DEFAULT_SETTINGS.authorizePort,
    plane: overrides.plane ?? DEFAULT_SETTINGS.plane,
    workers: overrides.workers ?? said.workers ?? DEFAULT_SETTINGS.workers,
    databaseUrl,
    redisUrl,
    singleNodePromises: overrides.singleNodePromises ?? said.singleNodePromises ?? DEFAULT_SETTINGS.singleNodePromises,
    logLevel: said.logLevel ?? DEFAULT_SETTINGS.logLevel,
    publicUrl: said.publicUrl ?? fromFile.publicUrl,
    trustedProxies: said.trustedProxies ?? fromFile.trustedProxies,
    deploymentKeyFile,
  }
}

function defaultKeyFile(baseFolder: string): string {
  return resolve(baseFolder, 'data', 'deployment-key.pem')
}

async function findFile(named: string | undefined, folder: string, problems: string[]): Promise<string | undefined> {
  try {
    return await findConfigFile(named, folder)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    problems.push(...error.problems)
    return undefined
  }
}

function checkOverrides(overrides: SettingsOverrides, problems: string[]): void {
  const check = (flag: string, value: unknown, schema: TSchema) =>
    value === undefined || readValue(schema, value, [], (_, problem) => problems.push(`${flag}: ${problem}`))
  check('--host', overrides.host, host)
  check('--port', overrides.port, port)
  check('--authorize-port', overrides.authorizePort, port)
  check('--workers', overrides.workers, workers)
}

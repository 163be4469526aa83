import { resolve } from 'node:path'
import { type FileSettings, withDefaults } from './config-schema.ts'

/** All settings of a running server, read once at its start. Plain data, so that threads can get it. */
export interface Settings extends FileSettings {
  readonly host: string
  /** Port of the control plane; 0 lets the system choose. */
  readonly port: number
  /** Port of the data plane; 0 lets the system choose. */
  readonly authorizePort: number
  /** The planes of this process: issuing keys, deciding requests, or both. */
  readonly plane: 'both' | 'control' | 'data'
  /** Data-plane threads. */
  readonly workers: number
  readonly databaseUrl: string
  readonly redisUrl?: string
  /** Whether other nodes of the same database may run that do not share claims and token buckets with this one. */
  readonly singleNodePromises: boolean
  readonly logLevel: LogLevel
  /** Absolute path of the configuration file; absent if there is none. */
  readonly configFile?: string
  /** The file of the key that signs for this deployment; beside the SQLite file if absent. */
  readonly deploymentKeyFile?: string
  /** Time for the headers of a request, in milliseconds. */
  readonly headersTimeoutMs: number
  /** Time for a whole request, in milliseconds. */
  readonly requestTimeoutMs: number
  /** Longest time in which a client may read nothing of its answer, in milliseconds. */
  readonly unreadTimeoutMs: number
  /** Longest wait of a call for an RSA key pair, in milliseconds. */
  readonly keyPairWaitMs: number
}

/** The log levels, least first. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** How much is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The default settings, except for the database. */
export const DEFAULT_SETTINGS: Omit<Settings, 'databaseUrl'> = {
  host: '127.0.0.1',
  port: 4100,
  authorizePort: 4101,
  plane: 'both',
  workers: 1,
  singleNodePromises: false,
  logLevel: 'info',
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  unreadTimeoutMs: 30_000,
  keyPairWaitMs: 5_000,
  ...withDefaults({}),
}

/** The default database: `data/countersign.db` below a folder, as an absolute path. */
export function defaultDatabaseUrl(baseFolder: string): string {
  return `sqlite:${resolve(baseFolder, 'data', 'countersign.db')}`
}

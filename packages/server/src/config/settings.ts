import { resolve } from 'node:path'
import { DEFAULT_BASE_PATH } from '@countersign/api'
import { DEFAULT_COST, DEFAULT_WINDOW_MS, type RuleRow } from '@countersign/gate'
import { DEFAULT_HEADER_PREFIX, DEFAULT_SCOPES } from '@countersign/protocol'

/** A token bucket of a usage tier. */
export interface Bucket {
  /** Tokens a second, refilled continuously. */
  readonly refillRate: number
  /** Tokens that it holds when full. */
  readonly capacity: number
}

/** What accounts of a usage tier may spend: `read`, `write`, and other buckets that rules name. */
export interface Tier {
  readonly read: Bucket
  readonly write: Bucket
  readonly [bucket: string]: Bucket
}

/** The proxies whose forward-auth requests `/authorize` can read. */
export const PROXY_KINDS = ['nginx', 'caddy', 'traefik', 'envoy'] as const

/** All settings of a running server, read once at its start. Plain data, so that threads can get it. */
export interface Settings {
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
  readonly logLevel: LogLevel
  /** Absolute path of the configuration file; absent if there is none. */
  readonly configFile?: string
  /** Begins with a slash, ends without one. */
  readonly basePath: string
  /**
   * The prefix that an outer proxy removes from the paths that clients call and sign. It has the form of `basePath`;
   * empty for none.
   */
  readonly publicPrefix: string
  /** Prefix of the three access headers. */
  readonly headerPrefix: string
  /** Accepted clock difference to either side, in milliseconds. */
  readonly windowMs: number
  /** How long cached keys count while the database does not answer, in milliseconds. */
  readonly maxStalenessMs: number
  /** `observe`: the data plane decides and logs, and refuses nothing. */
  readonly mode: 'enforce' | 'observe'
  /** The origin that clients call, if the Host header that reaches this server differs from it: behind a proxy. */
  readonly publicUrl?: string
  /** The `tag` that RFC 9421 signatures must carry; `null` accepts all. */
  readonly signatureTag: string | null
  /** All scopes of the deployment. */
  readonly scopes: readonly string[]
  /** Usage tiers by name, lowest first. A bucket that a rule names is in all of them. */
  readonly tiers: Readonly<Record<string, Tier>>
  /** The default tier of an account. */
  readonly defaultTier: string
  /** The lowest tier that may register its own public keys; every tier if absent. */
  readonly ownPublicKeyTier?: string
  /** Tokens that a request takes if its rule names no cost. */
  readonly defaultCost: number
  /** What requests need. The first match counts. Without rules, GET and HEAD need `read`, all else `write`. */
  readonly rules: readonly RuleRow[]
  /** Addresses and CIDR ranges of the proxies that are believed about a caller's address. */
  readonly trustedProxies: readonly string[]
  readonly authorize: {
    /** The one kind of proxy that asks `/authorize`. */
    readonly source: (typeof PROXY_KINDS)[number]
  }
  readonly maxKeysPerAccount: number
  readonly abuse: {
    /** How many failed verifications an address prefix may have at once. */
    readonly failures: number
    /** How many of them it gets back a second. */
    readonly refillPerSecond: number
  }
  readonly admission: {
    /** The most claimed signatures at once. When all are live, further ones get 503. */
    readonly maxClaims: number
  }
  /** How long usage is kept, in days: its minutes, its hours and its days. */
  readonly usage: {
    readonly minutesForDays: number
    readonly hoursForDays: number
    readonly daysForDays: number
  }
  readonly audit: {
    /** The file of signed heads of the audit log. If absent, it is beside the deployment key; `null` for none. */
    readonly headFile?: string | null
    /** Longest time until a signed head covers a new event, in milliseconds. */
    readonly headEveryMs: number
    /** The most bytes that the keys of one account may add in an hour. Events that end a key are always written. */
    readonly bytesPerAccountAndHour: number
  }
  /** The verifier of RSA signatures: node:crypto, or the OpenSSL inside Node by the experimental node:ffi. */
  readonly verify: { readonly rsa: 'node' | 'openssl' }
  /** The file of the key that signs for this deployment; beside the SQLite file if absent. */
  readonly deploymentKeyFile?: string
  /** Whether refusals say why a signature failed, if it may be disclosed. */
  readonly doctor: 'on' | 'off'
  /** Time for the headers of a request, in milliseconds. */
  readonly headersTimeoutMs: number
  /** Time for a whole request, in milliseconds. */
  readonly requestTimeoutMs: number
  /** Longest time in which a client may read nothing of its answer, in milliseconds. */
  readonly unreadTimeoutMs: number
  /** Connections at once: of the control plane, of all data-plane threads, and of one address that is not a trusted proxy's. */
  readonly connections: {
    readonly control: number
    readonly data: number
    readonly perAddress: number
  }
}

/** The log levels, least first. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** How much is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Token buckets of the default tiers (docs/wire.md section 4), lowest first. */
const DEFAULT_TIERS: Readonly<Record<string, Tier>> = {
  basic: tier(200, 600, 100, 100),
  advanced: tier(300, 900, 300, 900),
  expert: tier(600, 600, 600, 1800),
  premier: tier(1200, 1200, 1200, 3600),
  paragon: tier(2400, 2400, 2400, 7200),
  prime: tier(4800, 4800, 4800, 14_400),
  prestige: tier(12_000, 12_000, 9600, 28_800),
}

/** The default settings, except for the database. */
export const DEFAULT_SETTINGS: Omit<Settings, 'databaseUrl'> = {
  host: '127.0.0.1',
  port: 4100,
  authorizePort: 4101,
  plane: 'both',
  workers: 1,
  logLevel: 'info',
  basePath: DEFAULT_BASE_PATH,
  publicPrefix: '',
  headerPrefix: DEFAULT_HEADER_PREFIX,
  windowMs: DEFAULT_WINDOW_MS,
  maxStalenessMs: 30_000,
  mode: 'enforce',
  signatureTag: 'countersign',
  scopes: DEFAULT_SCOPES,
  tiers: DEFAULT_TIERS,
  defaultTier: 'basic',
  defaultCost: DEFAULT_COST,
  rules: [],
  verify: { rsa: 'node' },
  trustedProxies: ['127.0.0.0/8', '::1'],
  authorize: { source: 'nginx' },
  maxKeysPerAccount: 100,
  abuse: { failures: 300, refillPerSecond: 5 },
  admission: { maxClaims: 1_000_000 },
  usage: { minutesForDays: 2, hoursForDays: 90, daysForDays: 730 },
  audit: { headEveryMs: 60_000, bytesPerAccountAndHour: 2 * 1024 * 1024 },
  doctor: 'on',
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  unreadTimeoutMs: 30_000,
  connections: { control: 1_000, data: 10_000, perAddress: 100 },
}

/** The default database: `data/countersign.db` below a folder, as an absolute path. */
export function defaultDatabaseUrl(baseFolder: string): string {
  return `sqlite:${resolve(baseFolder, 'data', 'countersign.db')}`
}

function tier(readRefill: number, readCapacity: number, writeRefill: number, writeCapacity: number): Tier {
  return {
    read: { refillRate: readRefill, capacity: readCapacity },
    write: { refillRate: writeRefill, capacity: writeCapacity },
  }
}

import { type DecisionSink, type KeySource, reportDecisions } from '@countersign/gate'
import { loadNativeVerify } from '@countersign/native-verify'
import type { Logger } from 'pino'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { createLogger } from '../observe/log.ts'
import { openDatabase } from '../storage/database.ts'
import { createUsageWriter } from '../usage/usage-writer.ts'
import { openKeyAccess } from './key-access.ts'

/** How keys are read from the database. */
export interface OpenKeySourceOptions {
  /** How long cached keys count while the database does not answer, in milliseconds; 30 000 by default. */
  readonly maxStalenessMs?: number
  /** The most keys that are held; 10 000 by default. The least recently used key is dropped first. */
  readonly maxKeys?: number
  /** The verifier of RSA signatures; node:crypto by default (docs/operating.md#how-fast-signatures-are-verified). */
  readonly verifyRsa?: 'node' | 'openssl'
  /** Whether decisions are written to the database's usage; `true` by default. Without it this process only reads. */
  readonly countsDecisions?: boolean
  /** The log for warnings; by default standard output as JSON lines. */
  readonly log?: Logger
}

/** Keys for a gate, until it is closed. */
export interface OpenKeySource extends KeySource {
  /** Counts in memory, and writes without delaying answers; absent if decisions are not counted. */
  readonly decisions?: DecisionSink | undefined
  /** Writes the remaining counts, and closes the database. A process that ends without it loses those of a second. */
  close(): Promise<void>
}

/**
 * The keys of a Countersign database, for a gate in the provider's own process. A bounded cache follows the changes, so
 * that a revoked key is refused within half a second. The gate's decisions count like the server's own: usage, last
 * uses, and the old key's share of a rotation. A server of this version must have opened the database before. It opens
 * four PostgreSQL connections at most.
 *
 * @param databaseUrl `sqlite:PATH` or `postgres://…`, as the server's own
 * @throws DatabaseUrlError if it is neither
 */
export async function openKeySource(databaseUrl: string, options: OpenKeySourceOptions = {}): Promise<OpenKeySource> {
  const { maxStalenessMs = DEFAULT_SETTINGS.maxStalenessMs, verifyRsa = 'node', log = createLogger('warn') } = options
  const { countsDecisions = true, maxKeys = DEFAULT_SETTINGS.keys.cached } = options
  const settings = { ...DEFAULT_SETTINGS, databaseUrl, maxStalenessMs, keys: { cached: maxKeys } }
  const { importKey } = loadNativeVerify({ rsa: verifyRsa })
  await using opened = new AsyncDisposableStack()
  const access = opened.adopt(await openKeyAccess({ settings, log, importKey, now: Date.now }), (it) => it.close())
  const { keys } = access
  let decisions: DecisionSink | undefined
  if (countsDecisions) {
    const database = opened.adopt(await openDatabase(databaseUrl, { maxConnections: 1 }), (it) => it.close())
    const writer = createUsageWriter({ database, log, now: Date.now })
    decisions = opened.adopt(reportDecisions(writer, Date.now), (it) => it.close())
  }
  const all = opened.move()
  return { find: (keyId) => keys.find(keyId), decisions, close: () => all.disposeAsync() }
}

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
  /** What verifies RSA signatures; node:crypto by default (docs/operating.md#how-fast-signatures-are-verified). */
  readonly verifyRsa?: 'node' | 'openssl'
  /** Whether decisions are written to the database's usage; `true` by default. Without it this process only reads. */
  readonly countsDecisions?: boolean
  /** Warnings go to the standard output as JSON lines where absent. */
  readonly log?: Logger
}

/** Keys for a gate, until it is closed. */
export interface OpenKeySource extends KeySource {
  /** Counts in memory and writes behind; absent where decisions are not counted. */
  readonly decisions?: DecisionSink | undefined
  /** Writes the counts that are left, and closes the database. A process that ends without it loses those of a second. */
  close(): Promise<void>
}

/**
 * The keys of a Countersign database, for a gate in the provider's own process: a bounded cache that follows the changes, so
 * that a revoked key is refused within half a second. The gate's decisions count as the server's own do: usage, last uses,
 * and the share of a rotation's old key. The database is one that a server of this version has opened before.
 *
 * @param databaseUrl `sqlite:PATH` or `postgres://…`, as the server's own
 * @throws DatabaseUrlError where that is neither
 */
export async function openKeySource(databaseUrl: string, options: OpenKeySourceOptions = {}): Promise<OpenKeySource> {
  const { maxStalenessMs = DEFAULT_SETTINGS.maxStalenessMs, verifyRsa = 'node', log = createLogger('warn') } = options
  const { countsDecisions = true } = options
  const settings = { ...DEFAULT_SETTINGS, databaseUrl, maxStalenessMs }
  const { importKey } = loadNativeVerify({ rsa: verifyRsa })
  await using opened = new AsyncDisposableStack()
  const access = opened.adopt(await openKeyAccess({ settings, log, importKey, now: Date.now }), (it) => it.close())
  const { keys } = access
  let decisions: DecisionSink | undefined
  if (countsDecisions) {
    const database = opened.adopt(await openDatabase(databaseUrl), (it) => it.close())
    const writer = createUsageWriter({ database, log, now: Date.now })
    decisions = opened.adopt(reportDecisions(writer, Date.now), (it) => it.close())
  }
  const all = opened.move()
  return { find: (keyId) => keys.find(keyId), decisions, close: () => all.disposeAsync() }
}

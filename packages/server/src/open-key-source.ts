import type { KeySource } from '@countersign/gate'
import { loadNativeVerify } from '@countersign/native-verify'
import type { Logger } from 'pino'
import { DEFAULT_SETTINGS } from './config.ts'
import { openKeyAccess } from './key-access.ts'
import { createLogger } from './log.ts'

/** How keys are read from the database. */
export interface OpenKeySourceOptions {
  /** How long cached keys count while the database does not answer, in milliseconds; 30 000 by default. */
  readonly maxStalenessMs?: number
  /** What verifies RSA signatures; node:crypto by default (docs/operating.md#how-fast-signatures-are-verified). */
  readonly verifyRsa?: 'node' | 'openssl'
  /** Warnings go to the standard output as JSON lines where absent. */
  readonly log?: Logger
}

/** Keys for a gate, until it is closed. */
export interface OpenKeySource extends KeySource {
  close(): Promise<void>
}

/**
 * The keys of a Countersign database, for a gate in a process of one's own: a bounded cache that follows the changes, so
 * that a revoked key is refused within half a second. Only reads; the database is one that a server of this version has
 * opened before.
 *
 * @param databaseUrl `sqlite:PATH` or `postgres://…`, as the server's own
 * @throws DatabaseUrlError where that is neither
 */
export async function openKeySource(databaseUrl: string, options: OpenKeySourceOptions = {}): Promise<OpenKeySource> {
  const { maxStalenessMs = DEFAULT_SETTINGS.maxStalenessMs, verifyRsa = 'node', log = createLogger('warn') } = options
  const settings = { ...DEFAULT_SETTINGS, databaseUrl, maxStalenessMs }
  const { importKey } = loadNativeVerify({ rsa: verifyRsa })
  const { keys, close } = await openKeyAccess({ settings, log, importKey, now: Date.now })
  return { find: (keyId) => keys.find(keyId), close }
}

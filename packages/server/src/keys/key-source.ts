import { type KeyRecord, type Network, parseNetwork } from '@countersign/gate'
import { type ImportKey, parseKeptSpki } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { StoredApiKey } from '../storage/api-key.ts'
import type { Database } from '../storage/database.ts'
import { findApiKey } from '../storage/find-api-keys.ts'
import { isUnavailable } from '../storage/unavailable.ts'

/** Reads one key from the database for the gate; `'unavailable'` if the database does not answer. */
export function keyLoader(
  database: Database,
  log: Logger,
  importKey: ImportKey,
): (keyId: string) => Promise<KeyRecord | undefined | 'unavailable'> {
  return async (keyId) => {
    try {
      const stored = await findApiKey(database.kysely, keyId)
      return stored && (await toKeyRecord(stored, importKey))
    } catch (fault) {
      if (!isUnavailable(fault)) throw fault
      log.warn({ err: fault }, 'the database does not answer a key look-up')
      return 'unavailable'
    }
  }
}

async function toKeyRecord(stored: StoredApiKey, importKey: ImportKey): Promise<KeyRecord> {
  const publicKey = parseKeptSpki(stored.publicKey)
  if ('problem' in publicKey) throw new Error(`the stored public key of ${stored.apiKeyId} ${publicKey.message}`)
  return {
    keyId: stored.apiKeyId,
    accountId: stored.accountId,
    key: await importKey(publicKey),
    scopes: stored.scopes,
    state: stored.state,
    accountSuspended: stored.accountSuspended,
    tier: stored.tier,
    isSession: stored.kind === 'session' || undefined,
    externalId: stored.externalId,
    subaccount: stored.subaccount,
    expiresAtMs: stored.expiresAt,
    ipAllowlist: stored.ipAllowlist?.map((range) => readNetwork(stored, range)),
    minimumProfile: stored.minimumProfile === undefined ? undefined : readProfile(stored),
    bucket: stored.bucket,
    bucketOwnerId: stored.bucketOwnerId,
  }
}

function readProfile({ apiKeyId, minimumProfile }: StoredApiKey): 'access-headers' | 'http-message-signatures' {
  if (minimumProfile === 'access-headers' || minimumProfile === 'http-message-signatures') return minimumProfile
  throw new Error(`the stored minimum profile of ${apiKeyId} is unknown`)
}

function readNetwork({ apiKeyId }: StoredApiKey, range: string): Network {
  const network = parseNetwork(range)
  if ('problem' in network) throw new Error(`a stored address range of ${apiKeyId} ${network.problem}`)
  return network
}

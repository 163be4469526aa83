import type { ApiKeyDetails, ListRefusalsResponse, Refusal } from '@countersign/api'
import { DEFAULT_BASE_PATH } from '@countersign/api'
import { errorOf } from '@countersign/client'
import type { CandidateKey } from '@countersign/doctor'
import { parsePublicKey } from '@countersign/protocol'
import { connect } from '../connect.ts'
import type { Io } from '../io.ts'
import type { ConnectionOptions } from '../settings.ts'
import { requireMessageSignatures } from '../signing-options.ts'

/** What the server says of the account's keys and of their refusals. */
export interface LiveFacts {
  /** All keys of the account, with the public keys that are registered. */
  readonly keys: readonly CandidateKey[]
  /** Milliseconds that this machine's clock is ahead of the server's. */
  readonly clockAheadMs: number
  /** The last refusals that provably came from the holder of the key, newest first; none where the key is not the account's. */
  readonly refusals: readonly Refusal[]
}

/** Asks the server, signed with the key of the connection. The request in question is not sent. */
export async function readLive(
  options: ConnectionOptions,
  keyId: string | undefined,
  basePath: string | undefined,
  io: Io,
): Promise<LiveFacts> {
  const { client, fetch, url } = await connect(requireMessageSignatures(options), io)
  const base = `${url}${basePath ?? DEFAULT_BASE_PATH}/api_keys`
  const askedAt = io.now()
  const { time } = await client.getDeployment()
  const listing = await fetch(`${base}?view=full&limit=100`)
  if (!listing.ok) throw await errorOf(listing, io.now())
  const { api_keys: details = [] } = (await listing.json()) as { api_keys?: ApiKeyDetails[] }
  const listed = details.some(({ api_key_id: id }) => id === keyId)
    ? await fetch(`${base}/${keyId}/refusals`)
    : undefined
  const refusals = listed?.ok ? ((await listed.json()) as ListRefusalsResponse).refusals : []
  return { keys: details.flatMap(toCandidate), clockAheadMs: (askedAt + io.now()) / 2 - time, refusals }
}

function toCandidate({ api_key_id: keyId, name, public_key: pem }: ApiKeyDetails): CandidateKey[] {
  const key = parsePublicKey(pem)
  return 'problem' in key ? [] : [{ key, keyId, name }]
}

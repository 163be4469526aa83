import type { ApiKeyDetails, ExplainedRule, ListRefusalsResponse, Refusal, RuleTable } from '@countersign/api'
import { CALLS, DEFAULT_BASE_PATH } from '@countersign/api'
import { errorOf } from '@countersign/client'
import type { CandidateKey, KeyFacts, RefusedRequest, RouteFacts, ServerAnswer } from '@countersign/doctor'
import { type Profile, parsePublicKey, pathOf } from '@countersign/protocol'
import { connect } from '../connect.ts'
import type { Io } from '../io.ts'
import type { ConnectionOptions } from '../settings.ts'
import { requireMessageSignatures } from '../signing-options.ts'

/** The server's facts about the account's keys and their refusals. */
export interface LiveFacts {
  /** All keys of the account, with their registered public keys. */
  readonly keys: readonly CandidateKey[]
  /** How far this machine's clock is ahead of the server's, in milliseconds. */
  readonly clockAheadMs: number
  /** The last refusals that provably came from the key's holder, newest first; none if the key is not the account's. */
  readonly refusals: readonly Refusal[]
  /** The server's record of the key that the request names. */
  readonly keyFacts?: KeyFacts
  /** What the route requires. Only operators may read it. */
  readonly route?: RouteFacts
}

/** Reads from the server, signed with the key of the connection. The refused request is not sent. */
export async function readLive(
  options: ConnectionOptions,
  request: RefusedRequest | undefined,
  keyId: string | undefined,
  basePath: string | undefined,
  io: Io,
): Promise<LiveFacts> {
  const { client, fetch, url, keyId: ownKeyId } = await connect(requireMessageSignatures(options), io)
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
  const named = details.find(({ api_key_id: id }) => id === keyId)
  // A call about another key would be refused, and noted as a refusal of that key.
  const isOperator = details.some(({ api_key_id: id, scopes }) => id === ownKeyId && scopes?.includes('admin'))
  // The rules are for the provider's API. Countersign's own calls have none.
  const isAsked = request && isOperator && !isOwnCall(request.target, url, basePath ?? DEFAULT_BASE_PATH)
  const route = isAsked ? await readRoute(fetch, url, request) : undefined
  return {
    keys: details.flatMap(toCandidate),
    clockAheadMs: (askedAt + io.now()) / 2 - time,
    refusals,
    keyFacts: named && toKeyFacts(named),
    route,
  }
}

/** Whether a path belongs to Countersign's own API, below the root or below the prefix of the server's address. */
function isOwnCall(target: string, url: string, basePath: string): boolean {
  const prefix = new URL(url).pathname.replace(/\/$/, '')
  const sent = pathOf(target)
  const path = sent.startsWith(`${prefix}/`) ? sent.slice(prefix.length) : sent
  return CALLS.some((call) => {
    const parts = `${call.under === 'root' ? '' : basePath}${call.path}`.split('/')
    const segments = path.split('/')
    return (
      parts.length === segments.length &&
      parts.every((part, i) => (part.startsWith('{') ? segments[i] !== '' : part === segments[i]))
    )
  })
}

/** What the rule of the request's route refuses; nothing if the server only observes. Only operators may ask. */
async function readRoute(
  fetch: (url: string) => Promise<Response>,
  url: string,
  { method, target }: RefusedRequest,
): Promise<RouteFacts | undefined> {
  const table = await fetch(`${url}/admin/v1/rules`)
  if (table.ok && ((await table.json()) as Partial<RuleTable>).mode === 'observe') return undefined
  const answer = await fetch(`${url}/admin/v1/rules/explain?${new URLSearchParams({ method, target })}`)
  if (!answer.ok) return undefined
  const { needs, refused } = (await answer.json()) as ExplainedRule
  return {
    refused: refused && `The server answers ${refused.code}${refused.details ? `: ${refused.details}` : ''}.`,
    scope: needs?.scope,
    minimumProfile: toProfile(needs?.minimum_profile),
  }
}

function toKeyFacts({ state, scopes, minimum_profile: profile }: ApiKeyDetails): KeyFacts {
  return { state, scopes, minimumProfile: toProfile(profile) }
}

function toProfile(name: string | undefined): Profile | undefined {
  return name === 'access-headers' || name === 'http-message-signatures' ? name : undefined
}

/** The noted refusal of its method and path that is nearest to the time of signing; a guess if several fit. */
export function answerIn(
  refusals: readonly Refusal[],
  { method, target }: RefusedRequest,
  signedAtMs: number | undefined,
): ServerAnswer | undefined {
  if (signedAtMs === undefined) return undefined
  const path = pathOf(target)
  const distance = ({ at }: Refusal) => Math.abs(at - signedAtMs)
  const fitting = refusals
    .filter((it) => it.method === method && it.path === path && distance(it) <= NOTED_WITHIN_MS)
    .sort((a, b) => distance(a) - distance(b))
  const [nearest] = fitting
  if (!nearest) return undefined
  const { code, details } = nearest
  return { code, details, isGuess: fitting.length > 1 }
}

/** A refusal is noted when the request arrives, which is within the time window of its signing. */
const NOTED_WITHIN_MS = 30_000

function toCandidate({ api_key_id: keyId, name, public_key: pem }: ApiKeyDetails): CandidateKey[] {
  const key = parsePublicKey(pem)
  return 'problem' in key ? [] : [{ key, keyId, name }]
}

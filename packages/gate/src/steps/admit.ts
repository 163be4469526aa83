import type { MaybePromise } from '@countersign/protocol'
import {
  type Admission,
  type AdmissionOutcome,
  bucketOfAccount,
  bucketOfKey,
  type Charge,
  type TierBuckets,
} from '../admission.ts'
import { andThen } from '../and-then.ts'
import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'
import type { GateRequest } from '../request.ts'
import { defaultBucket, type Rule } from '../rules.ts'
import type { BucketSize } from '../token-bucket.ts'

/** What `admit` needs beside the request. */
export interface AdmitOptions {
  readonly admission: Admission
  /** The buckets of a usage tier; without it nothing is charged to any. */
  readonly bucketsOf?: ((tier: string) => TierBuckets) | undefined
  readonly windowMs: number
  /** Tokens if the rule names no cost. */
  readonly defaultCost: number
}

/** The clocks of several nodes may differ by this much. Claims are kept longer by this much. */
const NODE_SKEW_MS = 5_000

const COUNTS_EVERY_TIME: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a signature that was admitted before, and a request whose token buckets hold too little, in one atomic step.
 */
export function admit(
  request: GateRequest,
  signature: ClaimedSignature,
  record: KeyRecord,
  rule: Rule,
  { admission, bucketsOf, windowMs, defaultCost }: AdmitOptions,
): MaybePromise<Denied | undefined> {
  const { accountId, keyId } = record
  const { timestampMs } = signature
  const charges = chargesOf(request.method, record, rule, bucketsOf?.(record.tier), rule.cost ?? defaultCost)
  const claimKey = isClaimed(request, record, rule)
    ? signature.claimKey(record.key, request.body, isClaimedAlone(request, rule))
    : undefined
  return andThen(claimKey, (key) => {
    if (key === undefined) return andThen(admission.admit({ accountId, charges }), refusalOf)
    const untilMs = timestampMs + windowMs + NODE_SKEW_MS
    const claim = { key: `${keyId} ${key}`, signedAtMs: timestampMs, untilMs }
    return andThen(admission.admit({ accountId, claim, charges }), refusalOf)
  })
}

/**
 * Whether a signature on this request counts once only. A WebSocket upgrade counts once, whatever its method, because
 * it opens a socket.
 */
function isClaimed(request: GateRequest, { isSession }: KeyRecord, { replay }: Rule): boolean {
  if (isSession) return true
  if (replay === 'off') return false
  return replay === 'all' || !COUNTS_EVERY_TIME.has(request.method) || isUpgrade(request)
}

/** Whether the signature alone is claimed. An upgrade and a DELETE have no body that could distinguish two requests. */
function isClaimedAlone(request: GateRequest, { replay }: Rule): boolean {
  return replay === 'all' || replay === 'strict' || request.method === 'DELETE' || isUpgrade(request)
}

/** Any upgrade but `h2c`. Java's HttpClient asks for `h2c` on every call over plain HTTP, and it opens nothing. */
function isUpgrade({ header }: GateRequest): boolean {
  const upgrade = header('upgrade')
  return upgrade !== undefined && String(upgrade).toLowerCase() !== 'h2c'
}

function chargesOf(
  method: string,
  { accountId, keyId, bucket: own, bucketOwnerId = keyId }: KeyRecord,
  rule: Rule,
  buckets: TierBuckets | undefined,
  cost: number,
): Charge[] {
  if (cost === 0) return []
  const charges: Charge[] = []
  if (buckets) {
    const name = rule.bucket ?? defaultBucket(method)
    const size = buckets[name]
    if (!size) throw new Error(`the usage tier has no bucket ${name}`)
    charges.push(chargeTo(size, name, cost, bucketOfAccount(accountId, name)))
  }
  if (own) charges.push({ ...chargeTo(own, 'key', cost, bucketOfKey(bucketOwnerId)), isOfKey: true })
  return charges
}

function chargeTo({ capacity, refillPerSecond }: BucketSize, name: string, cost: number, bucket: string): Charge {
  return { capacity, refillPerSecond, name, cost, bucket }
}

function refusalOf(outcome: AdmissionOutcome): Denied | undefined {
  if (outcome.outcome === 'admitted') return undefined
  if (outcome.outcome === 'already_used') return denied('signature_already_used')
  if (outcome.outcome === 'signed_before_start') return denied('timestamp_expired')
  if (outcome.outcome === 'over_share')
    return { ...denied('account_share_full', SHARE_OF[outcome.of]), retryAfterSeconds: 1 }
  if (outcome.outcome === 'full' || outcome.outcome === 'unavailable')
    return { ...denied('service_unavailable'), retryAfterSeconds: 1 }
  const { charge, waitMs } = outcome
  // A request that costs more than its bucket can ever hold can never pass; a day stands for that.
  const retryAfterSeconds = Math.max(1, Math.ceil(Math.min(waitMs, 86_400_000) / 1000))
  return { ...denied('too_many_requests'), retryAfterSeconds, limit: charge }
}

/** What the account has too much of. */
const SHARE_OF = {
  claims: 'requests that each count once and were signed within the last minute',
  buckets: 'keys with a token bucket of their own that is not full',
} as const

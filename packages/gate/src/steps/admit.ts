import type { Admission, AdmissionOutcome, Charge, TierBuckets } from '../admission.ts'
import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'
import type { GateRequest } from '../request.ts'
import { defaultBucket, type Rule } from '../rules.ts'

/** What `admit` needs beside the request. */
export interface AdmitOptions {
  readonly admission: Admission
  /** The buckets of a usage tier; nothing is charged to any where absent. */
  readonly bucketsOf: ((tier: string) => TierBuckets) | undefined
  readonly windowMs: number
  /** Tokens where the rule names no cost. */
  readonly defaultCost: number
}

/** Clocks of several nodes may differ by this much; claims are kept so much longer. */
const NODE_SKEW_MS = 5_000

const COUNTS_EVERY_TIME: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Refuses a signature that was admitted before, and a request whose token buckets hold too little: one atomic step. */
export async function admit(
  request: GateRequest,
  signature: ClaimedSignature,
  record: KeyRecord,
  rule: Rule,
  { admission, bucketsOf, windowMs, defaultCost }: AdmitOptions,
  nowMs: number,
): Promise<Denied | undefined> {
  const isStrict = rule.replay === 'all' || rule.replay === 'strict'
  const claimKey = isClaimed(request, rule) ? await signature.claimKey(record.key, request.body, isStrict) : undefined
  const claimsSinceMs = admission.claimsSinceMs ?? Number.NEGATIVE_INFINITY
  if (claimKey !== undefined && signature.timestampMs < claimsSinceMs) return denied('timestamp_expired')
  const untilMs = signature.timestampMs + windowMs + NODE_SKEW_MS
  const outcome = await admission.admit({
    charges: chargesOf(request.method, record, rule, bucketsOf?.(record.tier), rule.cost ?? defaultCost),
    nowMs,
    ...(claimKey !== undefined && { claim: { key: `${record.keyId} ${claimKey}`, untilMs } }),
  })
  return refusalOf(outcome)
}

/** Whether a signature on this request counts once only. A WebSocket upgrade opens something, whatever its method. */
function isClaimed({ method, header }: GateRequest, { replay }: Rule): boolean {
  if (replay === 'off') return false
  return replay === 'all' || !COUNTS_EVERY_TIME.has(method) || header('upgrade') !== undefined
}

function chargesOf(
  method: string,
  { accountId, keyId, bucket: ownBucket }: KeyRecord,
  rule: Rule,
  buckets: TierBuckets | undefined,
  cost: number,
): Charge[] {
  if (cost === 0) return []
  const charges: Charge[] = ownBucket ? [{ ...ownBucket, name: 'key', cost, bucket: `${keyId} own` }] : []
  if (!buckets) return charges
  const name = rule.bucket ?? defaultBucket(method)
  const size = buckets[name]
  if (!size) throw new Error(`the usage tier has no bucket ${name}`)
  return [{ ...size, name, cost, bucket: `${accountId} ${name}` }, ...charges]
}

function refusalOf(outcome: AdmissionOutcome): Denied | undefined {
  if (outcome.outcome === 'admitted') return undefined
  if (outcome.outcome === 'already_used') return denied('signature_already_used')
  if (outcome.outcome === 'full') return { ...denied('service_unavailable'), retryAfterSeconds: 1 }
  const { charge, waitMs } = outcome
  // A request that costs more than its bucket can ever hold has no time to wait for; a day says so.
  const retryAfterSeconds = Math.max(1, Math.ceil(Math.min(waitMs, 86_400_000) / 1000))
  return { ...denied('too_many_requests'), retryAfterSeconds, limit: charge }
}

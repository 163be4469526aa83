import type { TokenBucket } from '@countersign/api'
import { type Denied, denied, parseNetwork } from '@countersign/gate'
import type { ApiKey, KeyBucket } from '../storage/api-key.ts'

/** The restrictions and notes of a key as they came in; their JSON types have been checked. */
export interface RestrictionsRequest {
  readonly expires_at?: number
  readonly ip_allowlist?: readonly string[]
  readonly minimum_profile?: string
  readonly bucket?: TokenBucket
  readonly metadata?: Readonly<Record<string, string>>
}

/** The same with every value checked. */
export type Restrictions = Pick<ApiKey, 'expiresAt' | 'ipAllowlist' | 'minimumProfile' | 'bucket' | 'metadata'>

/** The fields of a request that are restrictions or notes. */
export const RESTRICTION_FIELDS = ['expires_at', 'ip_allowlist', 'minimum_profile', 'bucket', 'metadata'] as const

/**
 * A bucket that is not full takes room in the admission of every node until it is full. On other nodes this holds even
 * after its key was deleted (decision 034).
 */
const REFILL_MAX_SECONDS = 900
const NETWORKS_MAX = 64
const NOTES_MAX = 16
const NOTE_NAME_MAX = 64
/** The most characters of a note, or of an operator's addition to a reason. */
export const NOTE_MAX = 512
/** The most bytes of all notes together, as JSON in UTF-8: the audit log holds them twice for each change. */
const NOTES_MAX_BYTES = 4_096
const PROFILES = ['access-headers', 'http-message-signatures']

/**
 * Refuses a value that no key can have.
 *
 * @param nowMs Unix milliseconds.
 */
export function checkRestrictions(request: RestrictionsRequest, nowMs: number): Restrictions | Denied {
  const { expires_at: expiresAt, ip_allowlist: ipAllowlist, minimum_profile: minimumProfile } = request
  const { bucket, metadata } = request
  const problem =
    (expiresAt !== undefined ? expiryProblem(expiresAt, nowMs) : undefined) ??
    (ipAllowlist !== undefined ? allowlistProblem(ipAllowlist) : undefined) ??
    (minimumProfile !== undefined && !PROFILES.includes(minimumProfile)
      ? `minimum_profile: must be ${PROFILES.join(' or ')}`
      : undefined) ??
    (bucket !== undefined ? bucketProblem(bucket) : undefined) ??
    (metadata !== undefined ? metadataProblem(metadata) : undefined)
  if (problem !== undefined) return denied('invalid_parameter', problem)
  return {
    expiresAt,
    ipAllowlist,
    minimumProfile,
    bucket: bucket && toKeyBucket(bucket),
    metadata: metadata && Object.keys(metadata).length > 0 ? metadata : undefined,
  }
}

/** Why a text cannot be stored as a note, or `undefined`. */
export function noteProblem(text: string, max = NOTE_MAX): string | undefined {
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) return 'must be valid Unicode without control characters'
  return [...text].length > max ? `must have at most ${max} characters` : undefined
}

/** Why notes cannot be stored, with the name of the field, or `undefined`. */
export function metadataProblem(metadata: Readonly<Record<string, string>>): string | undefined {
  const notes = Object.entries(metadata)
  if (notes.length > NOTES_MAX) return `metadata: must have at most ${NOTES_MAX} names`
  for (const [name, text] of notes) {
    if (name === '') return 'metadata: a name must have a character'
    const ofName = noteProblem(name, NOTE_NAME_MAX)
    if (ofName) return `metadata: a name ${ofName}`
    const ofText = noteProblem(text)
    if (ofText) return `metadata: a text ${ofText}`
  }
  if (Buffer.byteLength(JSON.stringify(metadata)) > NOTES_MAX_BYTES) {
    return `metadata: must have at most ${NOTES_MAX_BYTES} bytes as JSON in UTF-8`
  }
  return undefined
}

/** A token bucket in the form of the wire. */
export function toWireBucket({ capacity, refillPerSecond }: KeyBucket): TokenBucket {
  return { refill_rate: refillPerSecond, bucket_capacity: capacity }
}

function toKeyBucket({ refill_rate: refillPerSecond, bucket_capacity: capacity }: TokenBucket): KeyBucket {
  return { capacity, refillPerSecond }
}

function expiryProblem(expiresAt: number, nowMs: number): string | undefined {
  if (!Number.isSafeInteger(expiresAt) || expiresAt > 8.64e15) return 'expires_at: must be Unix milliseconds'
  return expiresAt <= nowMs ? 'expires_at: must be in the future' : undefined
}

function allowlistProblem(ranges: readonly string[]): string | undefined {
  if (ranges.length < 1 || ranges.length > NETWORKS_MAX) return `ip_allowlist: must have 1 to ${NETWORKS_MAX} entries`
  for (const range of ranges) {
    const network = parseNetwork(range)
    if ('problem' in network) return `ip_allowlist: ${JSON.stringify(range.slice(0, 64))} ${network.problem}`
  }
  return undefined
}

function bucketProblem({ refill_rate: refill, bucket_capacity: capacity }: TokenBucket): string | undefined {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > 1e9) {
    return 'bucket: bucket_capacity must be a whole number from 1 to 1000000000'
  }
  if (!(refill > 0 && refill <= 1e9)) return 'bucket: refill_rate must be above 0 and at most 1000000000'
  if (capacity / refill > REFILL_MAX_SECONDS) return 'bucket: refill_rate must fill bucket_capacity within 15 minutes'
  return undefined
}

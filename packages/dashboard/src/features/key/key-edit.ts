import type { ApiKeyDetails, UpdateKeyRequest } from '@countersign/api'
import { keyNameProblem } from '@countersign/api/key-rules'
import { scopeListProblem } from '@countersign/protocol'

/** The settings of a key, as the form shows them. */
export interface KeyValues {
  readonly name: string
  readonly scopes: readonly string[]
  /** A day of UTC, `2027-03-01`; empty for never. */
  readonly expires: string
  readonly networks: readonly string[]
  /** The weakest profile; empty for every profile. */
  readonly profile: string
  /** Tokens, and tokens a second; both empty where the key has no bucket. */
  readonly capacity: string
  readonly refill: string
}

/** What a person has changed in the form and not saved. What is absent is untouched. */
export type KeyEdit = Partial<KeyValues>

/** What the form shows: the settings of the key with the edit over them. */
export function valuesOf(row: ApiKeyDetails, edit: KeyEdit): KeyValues {
  return {
    name: row.name,
    scopes: row.scopes,
    expires: row.expires_at === undefined ? '' : new Date(row.expires_at).toISOString().slice(0, 10),
    networks: row.ip_allowlist ?? [],
    profile: row.minimum_profile ?? '',
    capacity: String(row.bucket?.bucket_capacity ?? ''),
    refill: String(row.bucket?.refill_rate ?? ''),
    ...edit,
  }
}

/** The changes as the API takes them. What is `undefined` stays as it is; `null` takes a limit away. */
export function requestOf(row: ApiKeyDetails, edit: KeyEdit): UpdateKeyRequest {
  const before = valuesOf(row, {})
  const { name, scopes, expires, networks, profile, ...rest } = valuesOf(row, edit)
  const bucket = bucketOf(rest)
  return {
    name: name.trim() === row.name ? undefined : name.trim(),
    scopes: isSameSet(scopes, before.scopes) ? undefined : [...scopes],
    // The form shows the day only: the same day leaves the exact time as it is.
    expires_at: expires === before.expires ? undefined : expires === '' ? null : Date.parse(expires),
    ip_allowlist: isSameSet(networks, before.networks) ? undefined : networks.length === 0 ? null : [...networks],
    minimum_profile: profile === before.profile ? undefined : profile === '' ? null : profile,
    bucket: isSameBucket(bucket, bucketOf(before)) ? undefined : bucket,
  }
}

/** The same in words, one line for each change. */
export function changesInWords(row: ApiKeyDetails, edit: KeyEdit): string[] {
  const { name, scopes, expires_at, ip_allowlist, minimum_profile, bucket } = requestOf(row, edit)
  const lines = [
    name !== undefined && `Name: "${row.name}" becomes "${name}".`,
    scopes && `May do: ${row.scopes.join(', ')} becomes ${scopes.join(', ') || 'nothing'}.`,
    expires_at !== undefined && (expires_at === null ? 'It never expires.' : `It expires on ${edit.expires}, UTC.`),
    ip_allowlist !== undefined && (ip_allowlist ? `Only from ${ip_allowlist.join(', ')}.` : 'From anywhere.'),
    minimum_profile !== undefined && `Weakest signature accepted: ${minimum_profile ?? 'every profile'}.`,
    bucket !== undefined &&
      (bucket
        ? `Bucket of its own: ${bucket.bucket_capacity} tokens, ${bucket.refill_rate} a second.`
        : "No bucket of its own: the account's alone."),
  ]
  return lines.filter((line) => typeof line === 'string')
}

/** What is wrong with the settings, by field. */
export interface KeyProblems {
  readonly name: string | undefined
  readonly scopes: string | undefined
  readonly capacity: string | undefined
}

/** What is wrong with the settings of a key in a deployment with these scopes. */
export function problemsOf({ name, scopes, capacity, refill }: KeyValues, allScopes: readonly string[]): KeyProblems {
  const nameProblem = keyNameProblem(name)
  const isBadBucket =
    (capacity === '') !== (refill === '') || [capacity, refill].some((text) => text !== '' && !(Number(text) > 0))
  return {
    name: nameProblem && `The name ${nameProblem}.`,
    scopes: scopeListProblem(scopes, allScopes),
    capacity: isBadBucket ? 'Give both numbers, more than 0, or neither.' : undefined,
  }
}

type Bucket = UpdateKeyRequest['bucket']

function bucketOf({ capacity, refill }: Pick<KeyValues, 'capacity' | 'refill'>): Bucket {
  if (capacity === '' && refill === '') return null
  return { bucket_capacity: Number(capacity), refill_rate: Number(refill) }
}

function isSameBucket(a: Bucket, b: Bucket): boolean {
  return a?.bucket_capacity === b?.bucket_capacity && a?.refill_rate === b?.refill_rate
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item))
}

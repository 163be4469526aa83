import type { ApiKeyDetails, UpdateKeyRequest } from '@countersign/api'

/** What a person has changed in the form, and not saved; what is absent they have not touched. */
export interface KeyEdit {
  readonly name?: string
  readonly scopes?: readonly string[]
  /** A day of UTC, `2027-03-01`; empty is never. */
  readonly expires?: string
  readonly networks?: readonly string[]
  /** Empty is every profile. */
  readonly profile?: string
  /** Tokens, and tokens a second; both empty is no bucket of its own. */
  readonly capacity?: string
  readonly refill?: string
}

/** The changes as the API takes them: only what is other than before. */
export function requestOf(row: ApiKeyDetails, edit: KeyEdit): UpdateKeyRequest {
  const name = edit.name?.trim()
  const expiresAt = edit.expires === undefined ? undefined : edit.expires === '' ? null : Date.parse(edit.expires)
  const networks = edit.networks && (edit.networks.length === 0 ? null : [...edit.networks])
  const profile = edit.profile === undefined ? undefined : edit.profile === '' ? null : edit.profile
  const bucket = bucketOf(row, edit)
  const before = { capacity: row.bucket?.bucket_capacity, refill: row.bucket?.refill_rate }
  return {
    ...(name !== undefined && name !== row.name && { name }),
    ...(edit.scopes && !sameSet(edit.scopes, row.scopes) && { scopes: [...edit.scopes] }),
    ...(expiresAt !== undefined && isOther(expiresAt, row) && { expires_at: expiresAt }),
    ...(networks !== undefined && !sameSet(networks ?? [], row.ip_allowlist ?? []) && { ip_allowlist: networks }),
    ...(profile !== undefined && profile !== (row.minimum_profile ?? null) && { minimum_profile: profile }),
    ...(bucket !== undefined &&
      (bucket?.bucket_capacity !== before.capacity || bucket?.refill_rate !== before.refill) && { bucket }),
  }
}

/** The same in words, one line a change. */
export function changesInWords(row: ApiKeyDetails, edit: KeyEdit): string[] {
  const change = requestOf(row, edit)
  return [
    ...(change.name !== undefined ? [`Name: "${row.name}" becomes "${change.name}".`] : []),
    ...(change.scopes ? [`May do: ${row.scopes.join(', ')} becomes ${change.scopes.join(', ') || 'nothing'}.`] : []),
    ...('expires_at' in change
      ? [change.expires_at === null ? 'It never expires.' : `It expires on ${edit.expires}, UTC.`]
      : []),
    ...('ip_allowlist' in change
      ? [change.ip_allowlist?.length ? `Only from ${change.ip_allowlist.join(', ')}.` : 'From anywhere.']
      : []),
    ...('minimum_profile' in change
      ? [`Weakest signature accepted: ${change.minimum_profile ?? 'every profile'}.`]
      : []),
    ...('bucket' in change
      ? [
          change.bucket
            ? `Bucket of its own: ${change.bucket.bucket_capacity} tokens, ${change.bucket.refill_rate} a second.`
            : "No bucket of its own: the account's alone.",
        ]
      : []),
  ]
}

function bucketOf(row: ApiKeyDetails, { capacity, refill }: KeyEdit): UpdateKeyRequest['bucket'] {
  if (capacity === undefined && refill === undefined) return undefined
  const [whole, rate] = [capacity ?? row.bucket?.bucket_capacity ?? '', refill ?? row.bucket?.refill_rate ?? '']
  if (whole === '' && rate === '') return null
  return { bucket_capacity: Number(whole), refill_rate: Number(rate) }
}

function isOther(expiresAt: number | null, row: ApiKeyDetails): boolean {
  if (expiresAt === null || row.expires_at === undefined) return expiresAt !== (row.expires_at ?? null)
  // The form shows the day only: the same day leaves the very time as it is.
  return new Date(expiresAt).toISOString().slice(0, 10) !== new Date(row.expires_at).toISOString().slice(0, 10)
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item))
}

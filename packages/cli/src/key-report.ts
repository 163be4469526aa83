import type { ApiKeyDetails, TokenBucket } from '@countersign/api'
import { labelled, type Terminal } from './terminal/terminal.ts'
import { formatTime } from './terminal/time.ts'
import { escapeUntrusted } from './terminal/untrusted.ts'

/** All details of a key, for people. A field without a value shows what holds then. */
export function keyReport(key: ApiKeyDetails, { style, fit }: Terminal): string {
  const { signs, bold } = style
  const sign = { active: signs.good, disabled: signs.warning, revoked: signs.bad, expired: signs.bad }[key.state]
  const time = (unixMs: number) => formatTime(unixMs, fit !== undefined)
  const rows: [string, string][] = [
    ['key id', key.api_key_id],
    ['state', stateWords(key, time)],
    ['type', typeOf(key)],
    ['fingerprint', key.fingerprint],
    ['scopes', key.scopes.join(', ')],
    ['sub-account', String(key.subaccount ?? 'none')],
    ['signed by', key.minimum_profile === 'http-message-signatures' ? `${key.minimum_profile} only` : 'every profile'],
    ['used from', key.ip_allowlist?.join(', ') ?? 'everywhere'],
    ['bucket', bucketWords(key.bucket, key.bucket_of)],
    ['made by', key.made_by ?? 'an operator'],
    ['made', time(key.created_at)],
    ['expires', key.expires_at === undefined ? 'never' : time(key.expires_at)],
    ['last used', lastUsed(key, time)],
  ]
  if (key.rotation) {
    const { role, other_api_key_id: other, deadline } = key.rotation
    rows.push(['rotation', `${role === 'old' ? 'replaced by' : 'replaces'} ${other} until ${time(deadline)}`])
  }
  for (const [name, text] of Object.entries(key.metadata ?? {})) rows.push([`note ${name}`, text])
  const escaped = rows.map(([label, value]) => [escapeUntrusted(label), escapeUntrusted(value)] as const)
  return `${sign ?? signs.bad} Key ${bold(escapeUntrusted(key.name))}\n${labelled(escaped)}`
}

/** `rsa-2048` or `ed25519` */
export function typeOf({ key_type: type, key_bits: bits }: Pick<ApiKeyDetails, 'key_type' | 'key_bits'>): string {
  return type === 'rsa' ? `rsa-${bits}` : type
}

/** A token bucket in words. */
export function bucketWords(bucket: TokenBucket | undefined, sharedWith?: string): string {
  if (!bucket) return "its account's only"
  const size = `${bucket.bucket_capacity} tokens, ${bucket.refill_rate} a second`
  return sharedWith === undefined ? size : `${size}, shared with ${sharedWith}`
}

function stateWords(key: ApiKeyDetails, time: (unixMs: number) => string): string {
  if (key.state === 'disabled' && key.disabled_at !== undefined) {
    return `disabled by ${key.disabled_by === 'operator' ? 'an operator' : 'its holder'} ${time(key.disabled_at)}`
  }
  if (key.state === 'revoked' && key.revoked_at !== undefined) {
    const note = key.revoked_note === undefined ? '' : `: ${key.revoked_note}`
    return `revoked ${time(key.revoked_at)}, ${key.revoked_reason}${note}`
  }
  return key.state
}

function lastUsed({ last_used_at: at, last_used_ip: ip }: ApiKeyDetails, time: (unixMs: number) => string): string {
  if (at === undefined) return 'never'
  return ip === undefined ? time(at) : `${time(at)} from ${ip}`
}

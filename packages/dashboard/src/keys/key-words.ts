import type { ApiKeyDetails } from '@countersign/api'
import type { BadgeState } from '../ui/state-badge.tsx'

/** The state of a key as it is shown: an active key that is being replaced is rotating. */
export function badgeOf(key: Pick<ApiKeyDetails, 'state' | 'rotation'>): BadgeState {
  return key.state === 'active' && key.rotation?.role === 'old' ? 'rotating' : key.state
}

/** "RSA 2048", "Ed25519". */
export function keyTypeWords(key: Pick<ApiKeyDetails, 'key_type' | 'key_bits'>): string {
  return key.key_type === 'rsa' ? `RSA ${key.key_bits}` : 'Ed25519'
}

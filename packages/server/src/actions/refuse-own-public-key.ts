import { type Denied, denied } from '@countersign/gate'
import type { Settings } from '../config/settings.ts'

/** Refuses the holder's own public key if the account's usage tier is below the configured one. */
export function refuseOwnPublicKey({ tiers, ownPublicKeyTier }: Settings, tier: string): Denied | undefined {
  if (ownPublicKeyTier === undefined) return undefined
  const order = Object.keys(tiers)
  if (order.indexOf(tier) >= order.indexOf(ownPublicKeyTier)) return undefined
  return denied('insufficient_usage_tier', `tier ${ownPublicKeyTier} or above`)
}

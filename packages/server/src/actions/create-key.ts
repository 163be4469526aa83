import type { CreateKeyRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { parsePublicKey } from '@countersign/protocol'
import type { Settings } from '../config.ts'
import type { Actor } from './actor.ts'
import type { ActionContext } from './context.ts'
import { issueKey } from './issue-key.ts'
import { checkKeyRequest, refuse } from './key-request.ts'

/** Registers the caller's own public key; the private key never comes here. */
export async function createKey(
  context: ActionContext,
  actor: Actor,
  request: CreateKeyRequest,
): Promise<{ readonly apiKeyId: string } | Denied> {
  const { public_key: pem, ...common } = request
  const checked = checkKeyRequest(common, ['public_key'], context.settings.scopes)
  if ('denied' in checked) return checked
  const publicKey = parsePublicKey(pem)
  if ('problem' in publicKey) return refuse('public_key', publicKey.message)
  const below = belowOwnPublicKeyTier(context.settings, actor.tier)
  if (below) return below
  return issueKey(context, actor, checked, publicKey)
}

function belowOwnPublicKeyTier({ tiers, ownPublicKeyTier }: Settings, tier: string): Denied | undefined {
  if (ownPublicKeyTier === undefined) return undefined
  const order = Object.keys(tiers)
  if (order.indexOf(tier) >= order.indexOf(ownPublicKeyTier)) return undefined
  return denied('insufficient_usage_tier', `tier ${ownPublicKeyTier} or above`)
}

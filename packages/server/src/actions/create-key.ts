import type { CreateKeyRequest } from '@countersign/api'
import type { Denied } from '@countersign/gate'
import { parsePublicKey } from '@countersign/protocol'
import type { Actor } from './actor.ts'
import type { ActionContext } from './context.ts'
import { type IssueOptions, issueKey } from './issue-key.ts'
import { checkKeyRequest, refuse } from './key-request.ts'
import { knownScopesFor } from './known-scopes.ts'
import { refuseOwnPublicKey } from './refuse-own-public-key.ts'

/** Registers the caller's own public key. The private key never reaches the server. */
export async function createKey(
  context: ActionContext,
  actor: Actor,
  request: CreateKeyRequest,
  options: Omit<IssueOptions, 'proof'> = { accountId: actor.accountId, reach: 'own' },
): Promise<{ readonly apiKeyId: string } | Denied> {
  const { public_key: pem, proof, ...common } = request
  const checked = checkKeyRequest(common, {
    ownFields: ['public_key', 'proof'],
    knownScopes: await knownScopesFor(context, options),
    nowMs: context.now(),
  })
  if ('denied' in checked) return checked
  const publicKey = parsePublicKey(pem)
  if ('problem' in publicKey) return refuse('public_key', publicKey.message)
  const below = options.reach === 'own' ? refuseOwnPublicKey(context.settings, actor.tier) : undefined
  if (below) return below
  return issueKey(context, actor, checked, publicKey, { ...options, proof })
}

import type { GenerateKeyRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { type KeyType, missingScopes } from '@countersign/protocol'
import type { Actor } from './actor.ts'
import type { ActionContext } from './context.ts'
import { type IssueOptions, issueKey } from './issue-key.ts'
import { checkKeyRequest, refuse } from './key-request.ts'
import { knownScopesFor } from './known-scopes.ts'

/** A key that the server made. Only this value holds the private key. */
export interface GeneratedKey {
  readonly apiKeyId: string
  readonly keyType: KeyType
  /** PEM. It is sent once and then dropped. */
  readonly privateKey: string
}

/** Makes a key pair, registers its public key and returns its private key, once. */
export async function generateKey(
  context: ActionContext,
  actor: Actor,
  request: GenerateKeyRequest,
  options: Omit<IssueOptions, 'proof'> = { accountId: actor.accountId, reach: 'own' },
): Promise<GeneratedKey | Denied> {
  const { key_type: keyType = 'rsa', ...common } = request
  const checked = checkKeyRequest(common, {
    ownFields: ['key_type'],
    knownScopes: await knownScopesFor(context, options),
    nowMs: context.now(),
  })
  if ('denied' in checked) return checked
  if (keyType !== 'rsa' && keyType !== 'ed25519') return refuse('key_type', 'must be rsa or ed25519')
  // This is checked again at registration. Here it avoids making a key pair for nothing.
  const [missing] = options.reach === 'own' ? missingScopes(actor.scopes, checked.scopes) : []
  if (missing !== undefined) return denied('insufficient_scope', missing)
  const pair = await context.takeKeyPair(keyType, options.accountId)
  if ('denied' in pair) return pair
  const issued = await issueKey(context, actor, checked, pair.publicKey, options)
  if ('denied' in issued) return issued
  return { apiKeyId: issued.apiKeyId, keyType, privateKey: pair.privateKeyPem }
}

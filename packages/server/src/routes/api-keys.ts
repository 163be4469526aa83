import * as calls from '@countersign/api/calls'
import { type Denied, denied } from '@countersign/gate'
import type { Actor } from '../actions/actor.ts'
import { createKey } from '../actions/create-key.ts'
import { deleteKey } from '../actions/delete-key.ts'
import { getCascade } from '../actions/describe-cascade.ts'
import { describeKey } from '../actions/describe-key.ts'
import { type GeneratedKey, generateKey } from '../actions/generate-key.ts'
import { listKeyDetails, listKeys } from '../actions/list-keys.ts'
import type { Reach } from '../actions/lock-target.ts'
import { revokeKey } from '../actions/revoke-key.ts'
import { setKeyEnabled } from '../actions/set-key-enabled.ts'
import { updateKey } from '../actions/update-key.ts'
import type { ServerContext } from '../server-context.ts'
import { type AddCall, orNotFound } from './add-call.ts'

/** The calls that make, list and manage keys: for holders those of their account, for operators all. */
export function addApiKeyCalls(addCall: AddCall, context: ServerContext): void {
  addMakingCalls(addCall, context)
  addListCalls(addCall, context)
  addKeyCalls(addCall, context, 'own', {
    get: calls.getApiKey,
    update: calls.updateApiKey,
    disable: calls.disableApiKey,
    enable: calls.enableApiKey,
    revoke: calls.revokeApiKey,
    cascade: calls.getCascade,
    remove: calls.deleteApiKey,
  })
  addKeyCalls(addCall, context, 'all', {
    get: calls.getAnyApiKey,
    update: calls.updateAnyApiKey,
    disable: calls.disableAnyApiKey,
    enable: calls.enableAnyApiKey,
    revoke: calls.revokeAnyApiKey,
    cascade: calls.getAnyCascade,
    remove: calls.deleteAnyApiKey,
  })
}

function addMakingCalls(addCall: AddCall, context: ServerContext): void {
  addCall(calls.generateApiKey, async ({ body, actor, repeat }) =>
    generated(await generateKey(context, actor, body, { accountId: actor.accountId, reach: 'own', call: repeat })),
  )
  addCall(calls.createApiKey, async ({ body, actor, repeat }) =>
    created(await createKey(context, actor, body, { accountId: actor.accountId, reach: 'own', call: repeat })),
  )
  addCall(calls.generateAccountKey, async ({ params, body, actor, repeat }) =>
    generated(await generateKey(context, actor, body, { accountId: params.account, reach: 'all', call: repeat })),
  )
  addCall(calls.createAccountKey, async ({ params, body, actor, repeat }) =>
    created(await createKey(context, actor, body, { accountId: params.account, reach: 'all', call: repeat })),
  )
}

function generated(made: GeneratedKey | Denied) {
  if ('denied' in made) return made
  return { api_key_id: made.apiKeyId, private_key: made.privateKey, key_type: made.keyType }
}

function created(made: { readonly apiKeyId: string } | Denied) {
  return 'denied' in made ? made : { api_key_id: made.apiKeyId }
}

function addListCalls(addCall: AddCall, context: ServerContext): void {
  addCall(calls.listApiKeys, async ({ query: { view, fcm_subtrader_id: fcmSubtraderId, ...query }, actor }) => {
    if (fcmSubtraderId !== undefined) return denied('fcm_membership_required')
    if (view !== 'full') return { api_keys: await listKeys(context, actor) }
    // Access headers do not sign the query, which here decides how much is disclosed.
    if (actor.profile !== 'http-message-signatures') return denied('profile_not_accepted', 'http-message-signatures')
    return listKeyDetails(context, actor, 'own', query)
  })
  addCall(calls.listAllApiKeys, ({ query, actor }) => listKeyDetails(context, actor, 'all', query))
}

/** The calls on one key, of holders or of operators. */
interface KeyCalls {
  readonly get: typeof calls.getApiKey | typeof calls.getAnyApiKey
  readonly update: typeof calls.updateApiKey | typeof calls.updateAnyApiKey
  readonly disable: typeof calls.disableApiKey | typeof calls.disableAnyApiKey
  readonly enable: typeof calls.enableApiKey | typeof calls.enableAnyApiKey
  readonly revoke: typeof calls.revokeApiKey | typeof calls.revokeAnyApiKey
  readonly cascade: typeof calls.getCascade | typeof calls.getAnyCascade
  readonly remove: typeof calls.deleteApiKey | typeof calls.deleteAnyApiKey
}

function addKeyCalls(addCall: AddCall, context: ServerContext, reach: Reach, key: KeyCalls): void {
  /** The answer to a change: the key as it is afterwards. */
  async function afterwards(actor: Actor, keyId: string, refused: Denied | undefined) {
    return refused ?? orNotFound(await describeKey(context, actor, keyId, reach))
  }

  addCall(key.get, ({ params: { api_key: id }, actor }) => afterwards(actor, id, undefined))
  addCall(key.update, async ({ params: { api_key: id }, body, actor }) =>
    afterwards(actor, id, await updateKey(context, actor, reach, id, body)),
  )
  addCall(key.disable, async ({ params: { api_key: id }, actor }) =>
    afterwards(actor, id, await setKeyEnabled(context, actor, reach, id, false)),
  )
  addCall(key.enable, async ({ params: { api_key: id }, actor }) =>
    afterwards(actor, id, await setKeyEnabled(context, actor, reach, id, true)),
  )
  addCall(key.revoke, async ({ params: { api_key: id }, body, actor, goesOn }) => {
    const revoked = await revokeKey(context, actor, reach, id, body)
    if (!('denied' in revoked) && revoked.cascade) goesOn()
    return revoked
  })
  addCall(key.cascade, ({ params: { api_key: id }, actor }) => getCascade(context, actor, reach, id))
  addCall(key.remove, ({ params: { api_key: id }, actor }) => deleteKey(context, actor, id, reach))
}

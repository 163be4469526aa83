import type { ClaimedRefusal, Refusal } from '@countersign/api'
import { listAnyRefusals, listClaimedRefusals, listRefusals } from '@countersign/api/calls'
import { denied } from '@countersign/gate'
import { REFUSALS } from '@countersign/protocol'
import { describeKey } from '../actions/describe-key.ts'
import type { Reach } from '../actions/lock-target.ts'
import { MAX_CLAIMED } from '../refusals/limits.ts'
import type { RememberedRefusal } from '../refusals/remembered-refusal.ts'
import type { ServerContext } from '../server-context.ts'
import type { AddCall } from './add-call.ts'

/** Recent refusals: of a key for its account and for operators; refusals without proof for operators. */
export function addRefusalCalls(addCall: AddCall, context: ServerContext): void {
  addRefusalsOfKey(addCall, context, listRefusals, 'own')
  addRefusalsOfKey(addCall, context, listAnyRefusals, 'all')
  addCall(listClaimedRefusals, async () => {
    const refusals = await context.collectRefusals()
    return { since: await context.refusalsSinceMs(), capacity: MAX_CLAIMED, refusals: refusals.map(toClaimed) }
  })
}

function addRefusalsOfKey(
  addCall: AddCall,
  context: ServerContext,
  call: typeof listRefusals | typeof listAnyRefusals,
  reach: Reach,
): void {
  addCall(call, async ({ params, actor }) => {
    const key = await describeKey(context, actor, params.api_key, reach)
    if (!key) return denied('not_found')
    const refusals = await context.collectRefusals(key.api_key_id)
    return { since: await context.refusalsSinceMs(), refusals: refusals.map(toRefusal) }
  })
}

function toClaimed({ denied: name, at, method, path, ip, claimedKeyId }: RememberedRefusal): ClaimedRefusal {
  return { at, code: name, status: REFUSALS[name].status, method, path, ip, claimed_api_key_id: claimedKeyId }
}

function toRefusal({ denied: name, diagnosis, at, method, path, ip, details }: RememberedRefusal): Refusal {
  const { status } = REFUSALS[name]
  return { at, code: name, status, details, method, path, ip, diagnosis: diagnosis && toDiagnosis(diagnosis) }
}

function toDiagnosis({ cause, hint, signedText, expectedText }: NonNullable<RememberedRefusal['diagnosis']>) {
  return { cause, hint, signed_text: signedText, expected_text: expectedText }
}

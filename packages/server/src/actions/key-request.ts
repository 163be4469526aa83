import { keyNameProblem, normalizeKeyName, subaccountProblem } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { SCOPES_WHEN_OMITTED, scopeListProblem } from '@countersign/protocol'

/** What both ways to make a key are asked for, as it came in; its JSON types have been checked. */
export interface KeyRequest {
  readonly name: string
  readonly scopes?: readonly string[]
  readonly subaccount?: number
  readonly fcm_subtrader_id?: string
}

/** The same with every value checked. */
export interface CheckedKeyRequest {
  readonly name: string
  readonly scopes: readonly string[]
  readonly subaccount?: number
}

/** Refuses a value that a key cannot have (contract.md section 1). */
export function checkKeyRequest(
  request: KeyRequest,
  ownFields: readonly string[],
  knownScopes: readonly string[],
): CheckedKeyRequest | Denied {
  const { name, scopes = SCOPES_WHEN_OMITTED, subaccount, fcm_subtrader_id: fcmSubtraderId } = request
  // A field that we do not know could be a restriction: ignoring it would make a key that may do more than was asked.
  const known = ['name', 'scopes', 'subaccount', 'fcm_subtrader_id', ...ownFields]
  const unknown = Object.keys(request).find((field) => !known.includes(field))
  if (unknown !== undefined)
    return refuse(shortened(unknown), `is no field of this request; known: ${known.join(', ')}`)
  const nameProblem = keyNameProblem(name)
  if (nameProblem) return refuse('name', nameProblem)
  const scopesProblem = scopeListProblem(scopes, knownScopes)
  if (scopesProblem) return refuse('scopes', scopesProblem)
  if (subaccount !== undefined) {
    const problem = subaccountProblem(subaccount)
    if (problem) return refuse('subaccount', problem)
    if (fcmSubtraderId !== undefined) return refuse('subaccount', 'cannot be given together with fcm_subtrader_id')
  }
  if (fcmSubtraderId !== undefined) return denied('fcm_membership_required')
  return { name: normalizeKeyName(name), scopes, ...(subaccount !== undefined && { subaccount }) }
}

/** The refusal of one field's value: its name and the rule that it breaks. */
export function refuse(field: string, rule: string): Denied {
  return denied('invalid_parameter', `${field}: ${rule}`)
}

function shortened(field: string): string {
  return JSON.stringify(field.length > 64 ? `${field.slice(0, 64)}…` : field).slice(1, -1)
}

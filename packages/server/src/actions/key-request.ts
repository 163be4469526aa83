import { keyNameProblem, normalizeKeyName, subaccountProblem } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { SCOPES_WHEN_OMITTED, scopeListProblem } from '@countersign/protocol'
import {
  checkRestrictions,
  RESTRICTION_FIELDS,
  type Restrictions,
  type RestrictionsRequest,
} from './key-restrictions.ts'

/** The request of both ways to make a key, as it came in. Its JSON types have been checked. */
export interface KeyRequest extends RestrictionsRequest {
  readonly name: string
  readonly scopes?: readonly string[]
  readonly subaccount?: number
  readonly fcm_subtrader_id?: string
}

/** The same with every value checked. */
export interface CheckedKeyRequest extends Restrictions {
  readonly name: string
  readonly scopes: readonly string[]
  readonly subaccount?: number
}

/** What a key request is checked against. */
export interface KeyRequestRules {
  /** Fields of this request in addition to those of both ways to make a key. */
  readonly ownFields: readonly string[]
  readonly knownScopes: readonly string[]
  /** Unix milliseconds. */
  readonly nowMs: number
}

/** Refuses a value that a key cannot have (docs/wire.md section 1). */
export function checkKeyRequest(
  request: KeyRequest,
  { ownFields, knownScopes, nowMs }: KeyRequestRules,
): CheckedKeyRequest | Denied {
  const { name, scopes = SCOPES_WHEN_OMITTED, subaccount, fcm_subtrader_id: fcmSubtraderId } = request
  const known = ['name', 'scopes', 'subaccount', 'fcm_subtrader_id', ...ownFields, ...RESTRICTION_FIELDS]
  const unknown = refuseUnknownFields(request, known)
  if (unknown) return unknown
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
  const restrictions = checkRestrictions(request, nowMs)
  if ('denied' in restrictions) return restrictions
  return { name: normalizeKeyName(name), scopes, subaccount, ...restrictions }
}

/** Refuses an unknown field: it could be a restriction, and ignoring it would allow more than was asked for. */
export function refuseUnknownFields(request: object, known: readonly string[]): Denied | undefined {
  const unknown = Object.keys(request).find((field) => !known.includes(field))
  if (unknown === undefined) return undefined
  return refuse(shortened(unknown), `is no field of this request; known: ${known.join(', ')}`)
}

/** The refusal of one field's value: its name and the rule that it breaks. */
export function refuse(field: string, rule: string): Denied {
  return denied('invalid_parameter', `${field}: ${rule}`)
}

/** A field's name in a form that is safe in an answer. */
export function shortened(field: string): string {
  return JSON.stringify(field.length > 64 ? `${field.slice(0, 64)}…` : field).slice(1, -1)
}

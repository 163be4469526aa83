import { keyNameProblem, normalizeKeyName, type UpdateAccountRequest } from '@countersign/api'
import type { Denied } from '@countersign/gate'
import type { Settings } from '../config/settings.ts'
import type { AccountChanges } from '../storage/accounts.ts'
import { refuse, refuseUnknownFields } from './key-request.ts'
import { metadataProblem } from './key-restrictions.ts'

const FIELDS = ['name', 'external_id', 'usage_tier', 'metadata']

/** Refuses a value that an account cannot have. */
export function checkAccountChanges(
  request: UpdateAccountRequest,
  { tiers }: Pick<Settings, 'tiers'>,
): AccountChanges | Denied {
  const unknown = refuseUnknownFields(request, FIELDS)
  if (unknown) return unknown
  const { name, external_id: externalId, usage_tier: tier, metadata } = request
  const nameProblem = name === undefined ? undefined : keyNameProblem(name)
  if (nameProblem) return refuse('name', nameProblem)
  // It is sent in a header.
  if (typeof externalId === 'string' && !/^[\x21-\x7e]{1,128}$/.test(externalId)) {
    return refuse('external_id', 'must be 1 to 128 printable ASCII characters without spaces')
  }
  if (tier !== undefined && !Object.hasOwn(tiers, tier)) {
    return refuse('usage_tier', `must be one of ${Object.keys(tiers).join(', ')}`)
  }
  const problem = metadata ? metadataProblem(metadata) : undefined
  if (problem) return { denied: 'invalid_parameter', details: problem }
  return {
    name: name && normalizeKeyName(name),
    externalId,
    tier,
    metadata: metadata && Object.keys(metadata).length === 0 ? null : metadata,
  }
}

import { REFUSALS } from '@countersign/protocol'
import type { Decision } from './decision.ts'

/** The outcomes that usage counts: refused for the request itself, for a token bucket, or for a fault of ours. */
export type Outcome = 'allowed' | 'refused' | 'limited' | 'fault'

/**
 * The outcome of a decision. `limited` is an empty token bucket or a used share of the account. Faults have a status of
 * 500 and above.
 */
export function outcomeOf(decision: Decision): Outcome {
  if ('allowed' in decision) return 'allowed'
  if (decision.denied === 'too_many_requests' || decision.denied === 'account_share_full') return 'limited'
  return REFUSALS[decision.denied].status >= 500 ? 'fault' : 'refused'
}

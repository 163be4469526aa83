import { REFUSALS } from '@countersign/protocol'
import type { Decision } from './decision.ts'

/** What usage tells apart: refused for what the request is, for a token bucket, or for a fault of ours. */
export type Outcome = 'allowed' | 'refused' | 'limited' | 'fault'

/** The outcome of a decision. `limited` is a token bucket or the share of the account; faults are those of status 500 and above. */
export function outcomeOf(decision: Decision): Outcome {
  if ('allowed' in decision) return 'allowed'
  if (decision.denied === 'too_many_requests' || decision.denied === 'account_share_full') return 'limited'
  return REFUSALS[decision.denied].status >= 500 ? 'fault' : 'refused'
}

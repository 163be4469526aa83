import { expect, test } from 'vitest'
import { type Decision, denied, type Principal } from '../src/decision.ts'
import type { Outcome } from '../src/outcome.ts'
import type { DecisionSink } from '../src/ports.ts'

/** An implementation of `DecisionSink` under test, with a way to ask what it counted. */
export interface DecisionSinkHarness {
  readonly sink: DecisionSink
  /** All counts of a key since the sink was made. */
  readonly countsOf: (keyId: string) => Readonly<Record<Outcome, number>>
}

/** What every `DecisionSink` that counts must do. Run it in a test file of each implementation. */
export function decisionSinkContract(start: () => DecisionSinkHarness): void {
  const none = { allowed: 0, refused: 0, limited: 0, fault: 0 }
  const principal: Principal = { accountId: 'a', keyId: 'k', scopes: [], tier: 'basic', profile: 'access-headers' }
  const from = { ip: '203.0.113.7' }
  const proven = (refusal: Decision) => ({ ...refusal, provenKeyId: 'k', provenAccountId: 'a' })

  test('each key has its own counts, by outcome', () => {
    const { sink, countsOf } = start()
    const ofOther = { allowed: { ...principal, keyId: 'other' } }
    const refusals = ['insufficient_scope', 'too_many_requests', 'too_many_requests', 'service_unavailable'] as const
    for (let i = 0; i < 3; i++) sink.decided({ allowed: principal }, from)
    for (const refusal of refusals) sink.decided(proven(denied(refusal)), from)
    sink.decided(ofOther, from)
    expect(countsOf('k')).toEqual({ allowed: 3, refused: 1, limited: 2, fault: 1 })
    expect(countsOf('other')).toEqual({ ...none, allowed: 1 })
    expect(countsOf('third')).toEqual(none)
  })

  test('a refusal that proves nothing is of no key', () => {
    const { sink, countsOf } = start()
    sink.decided(denied('signature_incorrect'), from)
    sink.decided(denied('internal_error'), from)
    expect(countsOf('k')).toEqual(none)
  })
}

import { describe, expect, test } from 'vitest'
import { decisionSinkContract } from '../../test/decision-sink-contract.ts'
import { denied, type Principal } from '../decision.ts'
import type { Outcome } from '../outcome.ts'
import { type CountedMinute, createUsageCounter } from './usage-counter.ts'

const MINUTE = 1_800_000_000_000
const from = { ip: '203.0.113.7' }
const principal: Principal = { accountId: 'a', keyId: 'k', scopes: [], tier: 'basic', profile: 'access-headers' }
const allowed = (parts: Partial<Principal> = {}) => ({ allowed: { ...principal, ...parts } })
const none = { allowed: 0, refused: 0, limited: 0, fault: 0 }

describe('usage counter as a decision sink', () =>
  decisionSinkContract(() => {
    const counter = createUsageCounter(() => MINUTE)
    const taken: CountedMinute[] = []
    return {
      sink: counter,
      countsOf(keyId): Record<Outcome, number> {
        taken.push(...(counter.take()?.minutes ?? []))
        const row = taken.find(({ subject, id }) => subject === 'key' && id === keyId)
        return row ? { allowed: row.allowed, refused: row.refused, limited: row.limited, fault: row.fault } : none
      },
    }
  }))

describe('what a thread hands over', () => {
  test('keys, their accounts together, and all decisions by code', () => {
    const counter = createUsageCounter(() => MINUTE + 59_999)
    counter.decided(allowed(), from)
    counter.decided(allowed({ keyId: 'sibling' }), from)
    counter.decided({ ...denied('too_many_requests'), provenKeyId: 'k', provenAccountId: 'a' }, from)
    counter.decided(denied('signature_incorrect'), from)
    counter.decided(denied('internal_error'), from)
    expect(counter.take()?.minutes).toEqual([
      { subject: 'key', id: 'k', at: MINUTE, ...none, allowed: 1, limited: 1 },
      { subject: 'key', id: 'sibling', at: MINUTE, ...none, allowed: 1 },
      { subject: 'account', id: 'a', at: MINUTE, ...none, allowed: 2, limited: 1 },
      { subject: 'code', id: 'too_many_requests', at: MINUTE, ...none, limited: 1 },
      { subject: 'code', id: 'signature_incorrect', at: MINUTE, ...none, refused: 1 },
      { subject: 'code', id: 'internal_error', at: MINUTE, ...none, fault: 1 },
      { subject: 'code', id: 'allowed', at: MINUTE, ...none, allowed: 2 },
    ])
  })

  test('each decision once, in the minute of the hand-over before it, whichever way the clock went', () => {
    let nowMs = MINUTE
    const counter = createUsageCounter(() => nowMs)
    const taken = [MINUTE + 60_000, MINUTE + 60_001, MINUTE - 1, MINUTE].flatMap((at) => {
      counter.decided(allowed(), from)
      nowMs = at
      return counter.take()?.minutes ?? []
    })
    const ofKey = taken.filter(({ subject }) => subject === 'key')
    expect(ofKey.map(({ at, allowed }) => [at, allowed])).toEqual([
      [MINUTE, 1],
      [MINUTE + 60_000, 1],
      [MINUTE + 60_000, 1],
      [MINUTE - 60_000, 1],
    ])
    expect(counter.take()).toBeUndefined()
  })

  test('when and from where a key was last used: by what was allowed only', () => {
    const counter = createUsageCounter(() => MINUTE + 2)
    counter.decided(allowed(), { ip: '192.0.2.1' })
    counter.decided(allowed(), { ip: '192.0.2.2' })
    counter.decided({ ...denied('ip_not_allowed'), provenKeyId: 'k', provenAccountId: 'a' }, { ip: '192.0.2.3' })
    counter.decided({ ...denied('key_revoked'), provenKeyId: 'old', provenAccountId: 'a' }, from)
    expect(counter.take()?.lastUses).toEqual([{ keyId: 'k', at: MINUTE + 2, ip: '192.0.2.2' }])
  })

  test('of a browser its last use only: who looks at pages sends no traffic', () => {
    const counter = createUsageCounter(() => MINUTE + 2)
    counter.decided(allowed({ isSession: true, keyId: 'browser' }), from)
    const refused = { ...denied('insufficient_scope'), provenKeyId: 'browser', provenAccountId: 'a' }
    counter.decided({ ...refused, provenSession: true }, from)
    expect(counter.take()).toEqual({ minutes: [], lastUses: [{ keyId: 'browser', at: MINUTE + 2, ip: from.ip }] })
  })
})

import type { VerifyingKey } from '@countersign/protocol'
import { describe, expect, test } from 'vitest'
import { newRecord, newRequest } from '../../test/fixtures.ts'
import type { AdmissionOutcome, AdmissionRequest, Charge } from '../admission.ts'
import type { KeyRecord } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'
import type { Rule } from '../rules.ts'
import { admit } from './admit.ts'

const NOW = 1_703_123_456_789
const TIER = {
  read: { capacity: 600, refillPerSecond: 200 },
  write: { capacity: 100, refillPerSecond: 100 },
  orders: { capacity: 5, refillPerSecond: 1 },
}
const OWN = { capacity: 7, refillPerSecond: 2 }

/** What was asked of the admission, and what came of its answer. */
async function ask({
  method = 'POST',
  rule = {} as Rule,
  changes = {} as Partial<KeyRecord>,
  answer = { outcome: 'admitted' } as AdmissionOutcome,
  hasTiers = true,
} = {}) {
  const asked: AdmissionRequest[] = []
  const record = newRecord({ type: 'rsa' } as VerifyingKey, { accountId: 'account', keyId: 'key', ...changes })
  const signature = { timestampMs: NOW, claimKey: () => 'claim' } as unknown as ClaimedSignature
  const admission = {
    admit: (request: AdmissionRequest) => {
      asked.push(request)
      return answer
    },
  }
  const bucketsOf = hasTiers ? () => TIER : undefined
  const options = { admission, bucketsOf, windowMs: 30_000, defaultCost: 10 }
  const refused = await admit(newRequest(method, '/orders', {}), signature, record, rule, options)
  return { refused, charges: asked[0]?.charges, claim: asked[0]?.claim, accountId: asked[0]?.accountId }
}

describe('a request is charged', () => {
  const read: Charge = { ...TIER.read, name: 'read', bucket: 'account read', cost: 10 }
  const write: Charge = { ...TIER.write, name: 'write', bucket: 'account write', cost: 10 }
  const own: Charge = { ...OWN, name: 'key', bucket: 'key own', cost: 10, isOfKey: true }

  test.each<[string, Parameters<typeof ask>[0], Charge[]]>([
    ['POST: its account’s write bucket, 10', {}, [write]],
    ['GET: its account’s read bucket, 10', { method: 'GET' }, [read]],
    ['HEAD: its account’s read bucket, 10', { method: 'HEAD' }, [read]],
    ['OPTIONS: its account’s write bucket, 10', { method: 'OPTIONS' }, [write]],
    ['the rule’s cost', { rule: { cost: 3 } }, [{ ...write, cost: 3 }]],
    [
      'the rule’s bucket',
      { method: 'GET', rule: { bucket: 'orders' } },
      [{ ...TIER.orders, name: 'orders', bucket: 'account orders', cost: 10 }],
    ],
    ['nothing where it costs nothing', { rule: { cost: 0 }, changes: { bucket: OWN } }, []],
    ['the key’s own bucket too', { changes: { bucket: OWN } }, [write, own]],
    ['nothing where there are no tiers', { hasTiers: false }, []],
    ['the key’s own bucket even so', { hasTiers: false, changes: { bucket: OWN } }, [own]],
  ])('%s', async (_, asked, charges) => expect((await ask(asked)).charges).toEqual(charges))

  test('a bucket that the tier has not is a fault, not a free pass', async () => {
    await expect(ask({ rule: { bucket: 'none' } })).rejects.toThrow('the usage tier has no bucket none')
  })
})

describe('a refusal', () => {
  const charge: Charge = { ...TIER.write, name: 'write', bucket: 'account write', cost: 10 }

  test.each([
    [1, 1],
    [999, 1],
    [1_000, 1],
    [1_001, 2],
    [59_500, 60],
    [Number.POSITIVE_INFINITY, 86_400],
  ])('of an empty bucket, %d ms: Retry-After %d, never too early', async (waitMs, retryAfterSeconds) => {
    const { refused } = await ask({ answer: { outcome: 'limited', charge, waitMs } })
    expect(refused).toEqual({ denied: 'too_many_requests', retryAfterSeconds, limit: charge })
  })

  test('of a second use', async () => {
    expect((await ask({ answer: { outcome: 'already_used' } })).refused).toEqual({ denied: 'signature_already_used' })
  })

  test('of a signature that a process before this one may have admitted', async () => {
    expect((await ask({ answer: { outcome: 'signed_before_start' } })).refused).toEqual({ denied: 'timestamp_expired' })
  })

  test.each([
    ['claims', 'requests that each count once and were signed within the last minute'],
    ['buckets', 'keys with a token bucket of their own that is not full'],
  ] as const)('of an account that has its share of %s: 429, since waiting helps', async (of, details) => {
    const { refused } = await ask({ answer: { outcome: 'over_share', of } })
    expect(refused).toEqual({ denied: 'account_share_full', details, retryAfterSeconds: 1 })
  })

  test.each([
    ['there is no room', 'full'],
    ['the store does not answer', 'unavailable'],
  ] as const)('where %s', async (_, outcome) => {
    const { refused } = await ask({ answer: { outcome } })
    expect(refused).toEqual({ denied: 'service_unavailable', retryAfterSeconds: 1 })
  })
})

test('a claim names its key, and ends when no clock takes the signature any more', async () => {
  expect(await ask()).toMatchObject({
    accountId: 'account',
    claim: { key: 'key claim', signedAtMs: NOW, untilMs: NOW + 35_000 },
  })
})

import type { ApiKeyDetails } from '@countersign/api'
import { describe, expect, it } from 'vitest'
import { changesInWords, type KeyEdit, problemsOf, requestOf, valuesOf } from './key-edit.ts'

const ROW: ApiKeyDetails = {
  api_key_id: '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10',
  account_id: '3f0b6f0e-3b0c-4b53-9f62-0f3f4f0c7a11',
  account_name: 'Acme',
  name: 'pricing-bot',
  state: 'active',
  key_type: 'ed25519',
  key_bits: 256,
  public_key: '',
  fingerprint: '',
  scopes: ['read', 'write::trade'],
  ip_allowlist: ['203.0.113.0/24'],
  expires_at: Date.UTC(2027, 2, 1, 9, 30),
  created_at: 0,
}

describe('an edit', () => {
  it.each<[KeyEdit, object, string[]]>([
    [{}, {}, []],
    [{ name: ' pricing-bot ', scopes: ['write::trade', 'read'], expires: '2027-03-01' }, {}, []],
    [{ name: 'b' }, { name: 'b' }, ['Name: "pricing-bot" becomes "b".']],
    [{ scopes: ['read'] }, { scopes: ['read'] }, ['May do: read, write::trade becomes read.']],
    [{ expires: '' }, { expires_at: null }, ['It never expires.']],
    [{ expires: '2026-12-01' }, { expires_at: Date.UTC(2026, 11, 1) }, ['It expires on 2026-12-01, UTC.']],
    [{ networks: [] }, { ip_allowlist: null }, ['From anywhere.']],
    [{ networks: ['::1'] }, { ip_allowlist: ['::1'] }, ['Only from ::1.']],
    [{ profile: '' }, {}, []],
    [
      { profile: 'http-message-signatures' },
      { minimum_profile: 'http-message-signatures' },
      ['Weakest signature accepted: http-message-signatures.'],
    ],
    [
      { capacity: '50', refill: '5' },
      { bucket: { bucket_capacity: 50, refill_rate: 5 } },
      ['Bucket of its own: 50 tokens, 5 a second.'],
    ],
    [{ capacity: '', refill: '' }, {}, []],
  ])('of %j sends what differs from before, and says it', (edit, request, words) => {
    expect(requestOf(ROW, edit)).toEqual(request)
    expect(changesInWords(ROW, edit)).toEqual(words)
  })
})

const WITH_BUCKET: ApiKeyDetails = { ...ROW, bucket: { bucket_capacity: 50, refill_rate: 5 } }

describe('a bucket that the key has', () => {
  it.each<[KeyEdit, object]>([
    [{ refill: '5.0' }, {}],
    [{ refill: '7' }, { bucket: { bucket_capacity: 50, refill_rate: 7 } }],
    [{ capacity: '', refill: '' }, { bucket: null }],
  ])('becomes what %j says', (edit, request) => {
    expect(requestOf(WITH_BUCKET, edit)).toEqual(request)
  })

  it('is shown as it is until it is touched', () => {
    expect(valuesOf(WITH_BUCKET, { refill: '' })).toMatchObject({ name: 'pricing-bot', capacity: '50', refill: '' })
  })
})

describe('problemsOf', () => {
  const SCOPES = ['read', 'write::trade']

  it.each<[KeyEdit, object]>([
    [{}, {}],
    [{ name: ' ' }, { name: 'The name must have 1 to 128 characters.' }],
    [{ scopes: [] }, { scopes: expect.stringMatching(/at least one/) }],
    [{ capacity: '50' }, { capacity: 'Give both numbers, more than 0, or neither.' }],
    [{ capacity: '50', refill: '0' }, { capacity: 'Give both numbers, more than 0, or neither.' }],
    [{ capacity: 'many', refill: '5' }, { capacity: 'Give both numbers, more than 0, or neither.' }],
    [{ capacity: '0.5', refill: '5' }, {}],
  ])('of %j', (edit, problems) => {
    expect(problemsOf(valuesOf(ROW, edit), SCOPES)).toEqual(problems)
  })
})

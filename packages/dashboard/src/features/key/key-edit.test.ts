import type { ApiKeyDetails } from '@countersign/api'
import { describe, expect, it } from 'vitest'
import { changesInWords, type KeyEdit, requestOf } from './key-edit.ts'

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
  ])('of %j sends what is other than before, and says it', (edit, request, words) => {
    expect(requestOf(ROW, edit)).toEqual(request)
    expect(changesInWords(ROW, edit)).toEqual(words)
  })
})

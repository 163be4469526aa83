import { expect, test } from 'vitest'
import { fuzzGate } from '../test/fuzz.ts'

/** All that a gate of one process can refuse with; what the fuzzer never reached, it never tried. */
const REACHED = [
  'credentials_missing',
  'signature_missing',
  'timestamp_missing',
  'timestamp_invalid',
  'duplicate_header',
  'timestamp_expired',
  'key_not_found',
  'signature_incorrect',
  'signature_already_used',
  'key_disabled',
  'key_expired',
  'key_revoked',
  'account_suspended',
  'profile_not_accepted',
  'signature_input_invalid',
  'signature_coverage_insufficient',
  'nonce_required',
  'ip_not_allowed',
  'insufficient_scope',
  'route_not_allowed',
  'target_not_canonical',
  'digest_mismatch',
  'too_many_failures',
  'too_many_requests',
  'request_malformed',
]

/** 1,000,000 of them are `npm run soak:gate`. */
test('20,000 mutated requests: a decision for each, and none allowed that nobody signed', async () => {
  const { allowed, refusals, faults } = await fuzzGate({ requests: 20_000, seed: 20_231_221 })
  expect(faults).toEqual([])
  expect(allowed).toBeGreaterThan(500)
  expect(REACHED.filter((name) => !refusals.has(name))).toEqual([])
  expect([...refusals.values()].reduce((total, count) => total + count, allowed)).toBe(20_000)
}, 120_000)

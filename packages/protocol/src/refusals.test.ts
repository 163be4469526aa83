import { describe, expect, it } from 'vitest'
import { REFUSALS, type RefusalName, refusalBody } from './refusals.ts'

/** Each refusal, its status and its body, byte for byte as docs/wire.md section 3 has them. */
const WIRE: Record<RefusalName, [number, string]> = {
  credentials_missing: [401, nested('token_authentication_failure', 'token authentication failure')],
  signature_missing: [401, nested('signature_is_missing_from_headers', 'signature is missing from headers')],
  timestamp_missing: [401, nested('timestamp_is_missing_from_headers', 'timestamp is missing from headers')],
  timestamp_invalid: [401, nested('header_timestamp_invalid', 'header timestamp invalid')],
  duplicate_header: [401, nested('duplicate_header', 'authentication header given more than once')],
  timestamp_expired: [401, nested('header_timestamp_expired', 'header timestamp expired')],
  key_not_found: [401, authentication('NOT_FOUND')],
  signature_incorrect: [401, authentication('INCORRECT_API_KEY_SIGNATURE')],
  signature_already_used: [401, authentication('SIGNATURE_ALREADY_USED')],
  key_disabled: [401, authentication('API_KEY_DISABLED')],
  key_expired: [401, authentication('API_KEY_EXPIRED')],
  key_revoked: [401, authentication('API_KEY_REVOKED')],
  account_suspended: [401, authentication('ACCOUNT_SUSPENDED')],
  profile_not_accepted: [401, nested('profile_not_accepted', 'this signature profile is not accepted here')],
  signature_input_invalid: [401, nested('signature_input_invalid', 'signature input invalid')],
  signature_coverage_insufficient: [401, nested('signature_coverage_insufficient', 'the signature covers too little')],
  signature_expired: [401, nested('signature_expired', 'signature expired')],
  nonce_required: [401, nested('nonce_required', 'this request needs a nonce in its signature parameters')],
  ip_not_allowed: [403, nested('ip_not_allowed', "this address is not on the key's allowlist")],
  peer_not_trusted: [403, nested('peer_not_trusted', 'the proxy that asks is not one of the trusted proxies')],
  insufficient_scope: [403, nested('insufficient_scope', 'the key lacks a scope that this request needs')],
  route_not_allowed: [403, nested('route_not_allowed', 'no rule allows this request')],
  subaccount_restricted: [
    403,
    nested(
      'subaccount_restricted',
      'this API key is restricted to a single sub-account and cannot access this endpoint',
    ),
  ],
  fcm_membership_required: [403, nested('fcm_membership_required', 'this account is not an FCM member')],
  insufficient_usage_tier: [403, nested('insufficient_usage_tier', "this account's usage tier does not allow this")],
  target_not_canonical: [400, nested('target_not_canonical', 'the request target could mean two things')],
  digest_mismatch: [400, nested('digest_mismatch', 'the body is not the one that Content-Digest names')],
  account_share_full: [429, nested('account_share_full', 'this account has as many at once as one account may have')],
  audit_quota_used: [429, nested('audit_quota_used', 'this account has changed as much as it may in an hour')],
  too_many_failures: [429, nested('too_many_failures', 'too many failed verifications from this address')],
  too_many_requests: [429, '{"error":"too many requests"}'],
  invalid_content_type: [400, '{"code":"invalid_content_type","message":"invalid_content_type"}'],
  body_malformed: [400, '{"code":"bad_request","message":"bad request"}'],
  invalid_parameter: [400, nested('invalid_parameter', 'invalid parameter')],
  public_key_already_registered: [
    409,
    nested('public_key_already_registered', 'this public key is already registered in this account'),
  ],
  public_key_compromised: [
    400,
    nested('public_key_compromised', 'this public key is compromised and can never be used'),
  ],
  powers_exceeded: [403, nested('powers_exceeded', 'this would be more than the calling key may do itself')],
  state_conflict: [409, nested('state_conflict', 'the state of the key does not allow this')],
  external_id_taken: [409, nested('external_id_taken', 'another account has this external id')],
  already_made: [409, nested('already_made', 'this Idempotency-Key has made a key; its id is in the details')],
  idempotency_key_reused: [
    409,
    nested('idempotency_key_reused', 'this Idempotency-Key came with another request before'),
  ],
  api_key_limit_reached: [400, nested('api_key_limit_reached', 'this account has as many API keys as it may have')],
  link_unknown: [404, nested('link_unknown', 'this sign-in link is not valid here')],
  link_used: [410, nested('link_used', 'this sign-in link was already used')],
  link_expired: [410, nested('link_expired', 'this sign-in link has expired')],
  not_found: [404, nested('not_found', 'not found')],
  method_not_allowed: [405, nested('method_not_allowed', 'method not allowed')],
  request_malformed: [400, nested('bad_request', 'bad request')],
  headers_too_large: [431, nested('headers_too_large', 'headers too large')],
  request_timeout: [408, nested('request_timeout', 'request timeout')],
  body_too_large: [413, nested('body_too_large', 'body too large')],
  service_unavailable: [503, nested('service_unavailable', 'service unavailable')],
  internal_error: [500, nested('internal_server_error', 'internal server error')],
}

describe('refusals', () => {
  it('are exactly those of the table', () => {
    expect(Object.keys(REFUSALS).toSorted()).toEqual(Object.keys(WIRE).toSorted())
  })

  it.each(Object.entries(WIRE))('%s is on the wire as the contract has it', (name, [status, body]) => {
    expect(REFUSALS[name as RefusalName].status).toBe(status)
    expect(JSON.stringify(refusalBody(name as RefusalName))).toBe(body)
  })
})

describe('refusalBody', () => {
  it('adds details inside a nested body', () => {
    expect(refusalBody('insufficient_scope', 'write::trade')).toEqual({
      error: {
        code: 'insufficient_scope',
        message: 'the key lacks a scope that this request needs',
        details: 'write::trade',
      },
    })
  })

  it('adds details beside the code of a flat body', () => {
    expect(JSON.stringify(refusalBody('body_malformed', 'name must be a string'))).toBe(
      '{"code":"bad_request","message":"bad request","details":"name must be a string"}',
    )
  })

  it('adds none to the body of an empty token bucket', () => {
    expect(refusalBody('too_many_requests', 'in 3 s')).toEqual({ error: 'too many requests' })
  })

  it('keeps text that could end its JSON inside of it', () => {
    const details = '"}},\u0000<script>'
    expect(JSON.parse(JSON.stringify(refusalBody('invalid_parameter', details)))).toMatchObject({ error: { details } })
  })
})

function nested(code: string, message: string): string {
  return `{"error":{"code":"${code}","message":"${message}"}}`
}

function authentication(details: string): string {
  return `{"error":{"code":"authentication_error","message":"authentication_error","details":"${details}"}}`
}

import {
  type AccessHeaderNames,
  digestOf,
  type MaybePromise,
  type VerifyingKey,
  verifyRequest,
} from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'
import type { GateRequest } from '../request.ts'
import type { ClaimedSignature } from './claimed-signature.ts'

/**
 * 13 digits are the one form. 10 digits are seconds: read as milliseconds they are outside of every window, and the
 * refusal says so.
 */
const DIGITS = /^(?:\d{13}|\d{10})$/

/** Whether a request carries any of the three access headers. */
export function hasAccessHeaders(request: GateRequest, names: AccessHeaderNames): boolean {
  return [names.keyId, names.timestamp, names.signature].some((name) => request.header(name) !== undefined)
}

/** The signature in the three access headers (docs/wire.md section 2), or why they are malformed. */
export function readAccessHeaders(request: GateRequest, names: AccessHeaderNames): ClaimedSignature | Denied {
  const { method, target } = request
  const keyId = request.header(names.keyId)
  const timestamp = request.header(names.timestamp)
  const signature = request.header(names.signature)
  if (isList(keyId) || isList(timestamp) || isList(signature)) return denied('duplicate_header')
  if (!keyId && !timestamp && !signature) return denied('credentials_missing')
  if (!signature) return denied('signature_missing')
  if (!timestamp) return denied('timestamp_missing')
  if (!keyId) return denied('credentials_missing')
  if (!DIGITS.test(timestamp)) return denied('timestamp_invalid')
  return {
    profile: 'access-headers',
    keyId,
    timestampMs: Number(timestamp),
    dependsOnBody: ({ type }) => type !== 'rsa',
    verify: (key) => verifyRequest({ method, target, timestamp, signature }, key),
    claimKey: (key, body, isAlone) => claimKey(signature, key, body, isAlone),
  }
}

/**
 * This much of a signature (192 bits) distinguishes it from every other of its key. It has only one spelling, so its
 * text suffices.
 */
const TELLING_CHARACTERS = 32

/**
 * Ed25519 is deterministic, and neither body nor query is signed: two different orders to one path in one millisecond
 * carry the same signature. By default the body distinguishes them. Without the body nothing does, and nothing is
 * claimed.
 */
function claimKey(
  signature: string,
  key: VerifyingKey,
  body: Uint8Array | undefined,
  isAlone: boolean,
): MaybePromise<string | undefined> {
  const telling = signature.slice(0, TELLING_CHARACTERS)
  if (key.type === 'rsa' || isAlone) return telling
  return body && digestOf(body).then((digest) => `${telling} ${digest}`)
}

function isList(value: string | readonly string[] | undefined): value is readonly string[] {
  return typeof value === 'object'
}

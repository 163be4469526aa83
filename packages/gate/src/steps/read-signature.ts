import type { AccessHeaderNames, Profile } from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'
import type { GateRequest } from '../request.ts'

/** What a request says of its own signature, none of it verified. */
export interface ReadSignature {
  readonly profile: Profile
  readonly keyId: string
  /** The timestamp header's text, 10 or 13 decimal digits. */
  readonly timestamp: string
  /** The same as a number. A value in seconds stays far outside the time window. */
  readonly timestampMs: number
  /** The signature header's text, still to be decoded. */
  readonly signature: string
}

const DIGITS = /^(?:\d{13}|\d{10})$/

/** Refuses authentication headers that are missing, doubled, or not of the one form (contract.md sections 2 and 3). */
export function readSignature(request: GateRequest, names: AccessHeaderNames): ReadSignature | Denied {
  const keyId = request.header(names.keyId)
  const timestamp = request.header(names.timestamp)
  const signature = request.header(names.signature)
  if (isList(keyId) || isList(timestamp) || isList(signature)) return denied('duplicate_header')
  if (!keyId && !timestamp && !signature) return denied('credentials_missing')
  if (!signature) return denied('signature_missing')
  if (!timestamp) return denied('timestamp_missing')
  if (!keyId) return denied('credentials_missing')
  if (!DIGITS.test(timestamp)) return denied('timestamp_invalid')
  return { profile: 'access-headers', keyId, timestamp, timestampMs: Number(timestamp), signature }
}

function isList(value: string | readonly string[] | undefined): value is readonly string[] {
  return typeof value === 'object'
}

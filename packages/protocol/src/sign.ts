import { PROFILE_ALGORITHMS } from './algorithms.ts'
import type { SigningKey } from './backend/backend.ts'
import { encodeBase64, encodeUtf8 } from './encoding.ts'
import { type AccessHeaderNames, accessHeaderNames } from './headers.ts'
import { malformedPart, signedText } from './signed-text.ts'

const DEFAULT_NAMES = accessHeaderNames()

const FORMS = {
  timestamp: 'must be Unix milliseconds: 13 digits',
  method: 'must be upper-case letters',
  target: 'must start with a slash, and its path must be visible ASCII without # (percent-encode the rest)',
} as const

/** A request to sign in the access-header profile. */
export interface RequestToSign {
  /** The key's id, as the platform gave it. */
  readonly keyId: string
  readonly key: SigningKey
  /** Upper case, as on the request line. */
  readonly method: string
  /** The request target exactly as it will be sent, base path included. Its query is not covered. */
  readonly target: string
  /** Unix milliseconds. The server accepts 30 s to either side by default. */
  readonly timestampMs: number
  /** Header names, if the provider has its own prefix. */
  readonly headerNames?: AccessHeaderNames
}

/**
 * The three headers of the access-header profile (docs/wire.md section 2), names in lower case.
 *
 * @throws TypeError if the method, target or timestamp cannot be sent unchanged
 */
export async function signRequest(request: RequestToSign): Promise<Record<string, string>> {
  const { key, method, target, headerNames = DEFAULT_NAMES } = request
  const timestamp = String(request.timestampMs)
  const malformed = malformedPart(timestamp, method, target)
  if (malformed) throw new TypeError(`${malformed} ${FORMS[malformed]}`)
  const algorithm = PROFILE_ALGORITHMS['access-headers'][key.type]
  const signature = await key.sign(algorithm, encodeUtf8(signedText(timestamp, method, target)))
  return {
    [headerNames.keyId]: request.keyId,
    [headerNames.timestamp]: timestamp,
    [headerNames.signature]: encodeBase64(signature),
  }
}

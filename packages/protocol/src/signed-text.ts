/** The path of a request target: everything before the first `?`, byte for byte as sent. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}

/**
 * Which part of a request is not in its one accepted spelling (docs/wire.md section 2), or `undefined`: a timestamp of
 * exactly 13 decimal digits, a method of upper-case letters, a path that starts with a slash and is visible ASCII.
 * Within these forms no two requests share a signed text, and no other text that a key signs reads as one.
 */
export function malformedPart(
  timestamp: string,
  method: string,
  target: string,
): 'timestamp' | 'method' | 'target' | undefined {
  if (!/^[0-9]{13}$/.test(timestamp)) return 'timestamp'
  if (!/^[A-Z]+$/.test(method)) return 'method'
  return /^\/[!-"$->@-~]*(?:\?|$)/.test(target) ? undefined : 'target'
}

/**
 * The text that an access-header signature covers (docs/wire.md section 2): timestamp text, method and path, with
 * nothing between them. Signer and verifier share this function.
 *
 * @param timestamp the timestamp header's text, 13 decimal digits (Unix milliseconds)
 * @param method the HTTP method as on the request line, upper case
 * @param target the request target exactly as sent; its query is left out here
 */
export function signedText(timestamp: string, method: string, target: string): string {
  return timestamp + method + pathOf(target)
}

const TIMESTAMP_DIGITS = 13
const STRICT_TEXT = /^[0-9]{13}[A-Z]+\/[!-"$->@-~]*$/

/**
 * {@link signedText} if {@link malformedPart} would find nothing, otherwise `undefined`. One pattern checks the whole
 * text.
 */
export function strictSignedText(timestamp: string, method: string, target: string): string | undefined {
  const text = signedText(timestamp, method, target)
  // The first slash begins the path, so the pattern splits the text at the right places.
  const isPathInPlace = timestamp.length === TIMESTAMP_DIGITS && text.indexOf('/') === timestamp.length + method.length
  return isPathInPlace && STRICT_TEXT.test(text) ? text : undefined
}

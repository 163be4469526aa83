/** The three header names of the access-header profile, in lower case. */
export interface AccessHeaderNames {
  readonly keyId: string
  readonly timestamp: string
  readonly signature: string
}

/** The header prefix of the default wire (docs/wire.md section 2). */
export const DEFAULT_HEADER_PREFIX = 'KALSHI'

/**
 * Header names for a prefix: `{prefix}-ACCESS-KEY`, `-TIMESTAMP`, `-SIGNATURE`, in lower case.
 *
 * @throws RangeError if the prefix is not 1 to 32 letters, digits and inner hyphens
 */
export function accessHeaderNames(prefix: string = DEFAULT_HEADER_PREFIX): AccessHeaderNames {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/.test(prefix)) {
    throw new RangeError(`header prefix must be 1 to 32 letters, digits and inner hyphens: ${JSON.stringify(prefix)}`)
  }
  const base = `${prefix.toLowerCase()}-access`
  return { keyId: `${base}-key`, timestamp: `${base}-timestamp`, signature: `${base}-signature` }
}

import { createHash, randomBytes } from 'node:crypto'

/** How long a sign-in link can be used, in milliseconds. */
export const LINK_LIFETIME_MS = 10 * 60_000

/** A new code for a sign-in link, and the hash that is stored: 256 random bits, base64url. */
export function makeLinkCode(): { readonly code: string; readonly codeSha256: string } {
  const code = randomBytes(32).toString('base64url')
  return { code, codeSha256: hashLinkCode(code) }
}

/** The stored form of a code: SHA-256, base64url. */
export function hashLinkCode(code: string): string {
  return createHash('sha256').update(code).digest('base64url')
}

/** The link's URL: the code is in the fragment, which browsers send nowhere. */
export function linkUrl(origin: string, code: string): string {
  return `${origin}/dashboard/enter#${code}`
}

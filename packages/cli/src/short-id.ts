/** How many characters of a key id are shown, and at least needed as a unique prefix. */
export const SHORT_ID_LENGTH = 8

/** A key id as it is shown to people. */
export function shortId(apiKeyId: string): string {
  return apiKeyId.slice(0, SHORT_ID_LENGTH)
}

/** Characters of a key id that are shown, and that the least unique prefix must have. */
export const SHORT_ID_LENGTH = 8

/** A key id as it is shown to people. */
export function shortId(apiKeyId: string): string {
  return apiKeyId.slice(0, SHORT_ID_LENGTH)
}

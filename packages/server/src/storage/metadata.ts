/** Texts by name that the provider stores with an account or a key. */
export type Metadata = Readonly<Record<string, string>>

/**
 * Metadata from its stored JSON.
 *
 * @throws Error if it is not a JSON object of texts
 */
export function readMetadata(json: string): Metadata {
  const value: unknown = JSON.parse(json)
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (isRecord && Object.values(value).every((text) => typeof text === 'string')) return value as Metadata
  throw new Error('stored metadata is no JSON object of texts')
}

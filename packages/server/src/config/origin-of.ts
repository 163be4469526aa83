/** The origin that a text is, in its normal form; `undefined` if it is anything else. */
export function originOf(text: unknown): string | undefined {
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/') return undefined
  return url.search || url.hash || url.username || url.password ? undefined : url.origin
}

const LONGEST = 64
/** The part before the last @ of a URL: a password, whatever its characters are. */
const CREDENTIALS = /:\/\/.*@/s

/** Any value for a problem's text: bounded, escaped if it is text, and without the password of a URL. */
export function quote(value: unknown): string {
  if (typeof value === 'string') {
    const text = value.replace(CREDENTIALS, '://…@')
    return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)
  }
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  return String(value).slice(0, LONGEST)
}

const LONGEST = 64
/** What stands before the last @ of a URL: a password, whatever characters it has. */
const CREDENTIALS = /:\/\/.*@/s

/** Any value as it is named in a problem: bounded, escaped where it is text, and without the password of a URL. */
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

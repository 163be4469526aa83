/** Names whose values could bring key material or a signature into a log line, if a whole object is ever logged. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'private_key',
  'privateKey',
  'body',
  'headers',
  'signature',
  'authorization',
])

/** The text for a value that was removed or could not be read. */
const CENSORED = '[redacted]'

/** The result for each object of a line; the censored text while an object is being read. */
type Seen = Map<object, unknown>

/**
 * A value for the log, without the values of these names, at any depth, in objects, in lists and in the result of
 * `toJSON`. It returns the value itself if nothing is to be removed, so that the lines of a flood cost only one pass
 * over their names. Each object is read once, however often it is referenced. Never throws.
 */
export function censor(value: unknown, seen: Seen = new Map()): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (seen.has(value)) return seen.get(value)
  seen.set(value, CENSORED)
  try {
    seen.set(value, look(value, seen))
  } catch {
    // A getter of somebody else's code threw: a log line must not cause a fault.
  }
  return seen.get(value)
}

/** {@link censor} of the fields of a line. */
export function censorFields(fields: object, seen: Seen = new Map()): Record<string, unknown> {
  let result = fields as Record<string, unknown>
  for (const [name, value] of Object.entries(fields)) {
    const kept = SECRET_NAMES.has(name) ? CENSORED : censor(value, seen)
    if (kept !== value) result = { ...result, [name]: kept }
  }
  return result
}

function look(value: object, seen: Seen): unknown {
  if ('toJSON' in value && typeof value.toJSON === 'function') return censor(value.toJSON(), seen)
  return Array.isArray(value) ? value.map((entry) => censor(entry, seen)) : censorFields(value, seen)
}

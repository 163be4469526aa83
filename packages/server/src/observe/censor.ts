/** Names under which key material or a signature could reach a log line, should anybody ever log a whole object. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'private_key',
  'privateKey',
  'body',
  'headers',
  'signature',
  'authorization',
])

/** What stands where something was left out, or could not be looked into. */
const CENSORED = '[redacted]'

/** What came of each object of a line; of one that is being looked into, nothing. */
type Seen = Map<object, unknown>

/**
 * A value as it may be logged: without what any of these names stand for, however deep, in objects and lists and in what
 * they write of themselves (`toJSON`). The value itself where nothing is to be left out, so that the lines of a flood cost a
 * look at their names. Each object is looked into once, whatever refers to it. Never throws.
 */
export function censor(value: unknown, seen: Seen = new Map()): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (seen.has(value)) return seen.get(value)
  seen.set(value, CENSORED)
  try {
    seen.set(value, look(value, seen))
  } catch {
    // A getter of somebody else's: no line is worth a fault.
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

/** Names under which key material or a signature could reach a log line, should anybody ever log a whole object. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'private_key',
  'privateKey',
  'body',
  'headers',
  'signature',
  'authorization',
])

/** What stands where something was left out. */
const CENSORED = '[redacted]'

/** Deeper than any line of ours; what refers to itself ends here. */
const MAX_DEPTH = 8

/**
 * A value as it may be logged: without what any of these names stand for, however deep. The value itself where nothing is to
 * be left out, so that the lines of a flood cost a look at their names.
 */
export function censor(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || isWrittenByItself(value)) return value
  if (depth > MAX_DEPTH) return CENSORED
  if (Array.isArray(value)) return value.map((entry) => censor(entry, depth + 1))
  return censorObject(value, depth)
}

/** {@link censor} of an object with names. */
export function censorObject(object: object, depth = 0): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined
  for (const [name, value] of Object.entries(object)) {
    const kept = SECRET_NAMES.has(name) ? CENSORED : censor(value, depth + 1)
    if (kept !== value) copy = { ...(copy ?? object), [name]: kept }
  }
  return copy ?? (object as Record<string, unknown>)
}

function isWrittenByItself(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

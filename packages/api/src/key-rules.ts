/** Characters (code points) that a key's name may have, after trimming. */
export const KEY_NAME_MAX_LENGTH = 128

/** The highest sub-account number. */
export const SUBACCOUNT_MAX = 63

const CONTROL = /\p{Cc}/u
const LONE_SURROGATE = /\p{Cs}/u

/** A key's name as it is stored: without the white space around it. */
export function normalizeKeyName(name: string): string {
  return name.trim()
}

/** Which rule a key's name breaks (docs/wire.md section 1), or `undefined`. It checks the trimmed name. */
export function keyNameProblem(name: string): string | undefined {
  const kept = normalizeKeyName(name)
  if (CONTROL.test(kept)) return 'must not contain control characters'
  if (LONE_SURROGATE.test(kept)) return 'must be valid Unicode'
  const length = [...kept].length
  if (length < 1 || length > KEY_NAME_MAX_LENGTH) return `must have 1 to ${KEY_NAME_MAX_LENGTH} characters`
  return undefined
}

/** Which rule a sub-account number breaks (docs/wire.md section 1), or `undefined`. */
export function subaccountProblem(subaccount: number): string | undefined {
  const fits = Number.isInteger(subaccount) && subaccount >= 0 && subaccount <= SUBACCOUNT_MAX
  return fits ? undefined : `must be an integer from 0 to ${SUBACCOUNT_MAX}`
}

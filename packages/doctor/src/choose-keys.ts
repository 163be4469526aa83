import type { CandidateKey } from './diagnosis.ts'

/** The candidate keys of one request. */
export interface ChosenKeys {
  /** The key that the request names, if it is known. */
  readonly registered: CandidateKey | undefined
  readonly siblings: readonly CandidateKey[]
  /** Whether every candidate has an id, and none has the one that the request names. */
  readonly isUnknown: boolean
}

/** The candidate key that the request names: by its id, otherwise the first without an id. */
export function chooseKeys(keys: readonly CandidateKey[], keyId: string | undefined): ChosenKeys {
  const bare = keyId === undefined ? undefined : bareKeyId(keyId)
  const named = keys.find((candidate) => candidate.keyId !== undefined && candidate.keyId === bare)
  const registered = named ?? keys.find((candidate) => candidate.keyId === undefined)
  return {
    registered,
    siblings: keys.filter((candidate) => candidate !== registered),
    isUnknown: keys.length > 0 && keyId !== undefined && registered === undefined,
  }
}

/** A key id without the characters that copying adds around it, in lower case. */
export function bareKeyId(text: string): string {
  return text.toLowerCase().replaceAll(/[^0-9a-f-]/g, '')
}

/** Whether a key id has the form of one (UUID v4 in lower case). */
export function isKeyId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text)
}

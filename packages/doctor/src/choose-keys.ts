import type { CandidateKey } from './diagnosis.ts'

/** The candidate keys of one request. */
export interface ChosenKeys {
  /** The one that the request names, as far as that is known. */
  readonly registered: CandidateKey | undefined
  readonly siblings: readonly CandidateKey[]
  /** Whether every candidate has an id, and none has the one that the request names. */
  readonly isUnknown: boolean
}

/** Which of the candidate keys the request names: by its id, else the first that was given without one. */
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

/** A key id without what copying put around it, in lower case. */
export function bareKeyId(text: string): string {
  return text.toLowerCase().replaceAll(/[^0-9a-f-]/g, '')
}

/** Whether a key id is written as one (UUID v4 in lower case). */
export function isKeyId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text)
}

import type { CandidateKey, PemReport } from '@countersign/doctor'
import { parsePublicKey } from '@countersign/protocol'
import { diagnosisTime } from './diagnosis-time.ts'

/** What a person fills in. */
export interface DoctorFields {
  /** The request: a curl command, raw HTTP or a HAR entry. */
  readonly text: string
  /** A `Date` header of the answer; empty where it is not known. */
  readonly date: string
  /** The id of the key that counts as the registered one; empty for the one that the request names. */
  readonly chosenKey: string
  /** A public key that is not in the list. */
  readonly pem: string
  /** Whose keys are tried, for operators. */
  readonly accountId: string
}

/** The form before anything is filled in. */
export const DOCTOR_FIELDS: DoctorFields = { text: '', date: '', chosenKey: '', pem: '', accountId: '' }

/** What is wrong with the time; `undefined` where it is empty or read. */
export function dateProblem(date: string): string | undefined {
  if (date === '' || diagnosisTime(date) !== undefined) return undefined
  return 'This is not a date. Paste the Date header of the answer.'
}

/** A pasted key, as far as it was read. */
export interface PastedKey {
  readonly candidate: CandidateKey | undefined
  readonly isPrivate: boolean
  readonly problem: string | undefined
}

/** What a pasted PEM holds. */
export function pastedKeyOf({ publicKey, isPrivate, problems }: PemReport): PastedKey {
  if (publicKey) {
    return { candidate: { key: publicKey, name: 'the pasted key' }, isPrivate, problem: undefined }
  }
  const [first] = problems
  return { candidate: undefined, isPrivate, problem: first ? `${first.title}. ${first.hint}` : 'This is not a key.' }
}

/** A key of the list as the doctor tries it; empty where its public key cannot be read. */
export function candidatesOf(row: {
  readonly public_key: string
  readonly api_key_id: string
  readonly name: string
}): CandidateKey[] {
  const key = parsePublicKey(row.public_key)
  return 'problem' in key ? [] : [{ key, keyId: row.api_key_id, name: row.name }]
}

/**
 * The keys to try, the pasted one first. A chosen or pasted key has no id: it counts as the registered one, whatever id
 * the request names.
 */
export function keysToTry(
  candidates: readonly CandidateKey[],
  chosenKey: string,
  pasted: CandidateKey | undefined,
): CandidateKey[] {
  const known =
    chosenKey === ''
      ? candidates
      : candidates.filter(({ keyId }) => keyId === chosenKey).map(({ key, name }) => ({ key, name }))
  return pasted ? [pasted, ...known] : [...known]
}

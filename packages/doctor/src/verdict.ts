import type { Diagnosis, Finding, SignedText, Unseen } from './diagnosis.ts'
import { diffSignedText } from './diff.ts'
import type { KeyFound } from './search/search-keys.ts'

/** The result of a search, beside the expected text. */
export function signedTextOf({ found, key }: KeyFound, expected: string): SignedText {
  const encoding = ENCODINGS[found.text.form]
  return {
    diff: diffSignedText(found.text.text, expected),
    algorithm: found.algorithm,
    isTimed: found.text.isTimed,
    key,
    encoding,
  }
}

const ENCODINGS: Readonly<Record<KeyFound['found']['text']['form'], string | undefined>> = {
  'utf-8': undefined,
  'utf-16': 'as UTF-16',
  'sha-256': 'as its SHA-256, so that it was hashed twice',
  'sha-256 hex': 'as its SHA-256 in hexadecimal letters',
  'sha-256 base64': 'as its SHA-256 in base64',
  'sha-512': 'as its SHA-512, so that it was hashed twice',
  'sha-512 hex': 'as its SHA-512 in hexadecimal letters',
}

/** The diagnosis from findings and a search: each cause once, in the order of finding. */
export function verdictOf(
  findings: readonly Finding[],
  signed?: SignedText,
  expected?: string,
  remark?: string,
  unseen: readonly Unseen[] = [],
): Diagnosis {
  const told = findings.filter(({ cause }, i) => findings.findIndex((other) => other.cause === cause) === i)
  const [first, ...others] = told
  if (first) return { verdict: 'mistake', findings: [first, ...others], signed, expected }
  if (signed) return { verdict: 'correct', signed, unseen, remark }
  return { verdict: 'unknown', expected }
}

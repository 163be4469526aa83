import type { DiagnosisContext, Explanation, RefusedRequest } from '@countersign/doctor'

/** A question to the doctor's thread: a request, the key that it names, and how this server accepts signatures. */
export interface Question extends Pick<RefusedRequest, 'method' | 'target' | 'headers'> {
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly context: Pick<DiagnosisContext, 'authority' | 'scheme' | 'basePath' | 'headerPrefix' | 'tag'>
}

/** A question by its number. */
export interface NumberedQuestion {
  readonly id: number
  readonly question: Question
}

/** An answer of the doctor's thread; `undefined` if there is nothing to disclose. */
export interface NumberedAnswer {
  readonly id: number
  readonly explanation: Explanation | undefined
}

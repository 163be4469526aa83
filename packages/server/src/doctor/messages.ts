import type { DiagnosisContext, Explanation, RefusedRequest } from '@countersign/doctor'

/** What the doctor's thread is asked: a request, the key that it names, and how this server takes signatures. */
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

/** What the doctor's thread answers: what it found, `undefined` where it found nothing that may be told. */
export interface NumberedAnswer {
  readonly id: number
  readonly explanation: Explanation | undefined
}

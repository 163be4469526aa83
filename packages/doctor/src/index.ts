export type { Cause, CauseCode } from './causes.ts'
export { CAUSES, causeDocs } from './causes.ts'
export type { Language, SampleRequest } from './code-samples.ts'
export { codeSample, LANGUAGE_TITLES, LANGUAGES } from './code-samples.ts'
export { diagnose } from './diagnose.ts'
export type {
  CandidateKey,
  Diagnosis,
  DiagnosisContext,
  Finding,
  KeyFacts,
  RouteFacts,
  ServerAnswer,
  SignedText,
  Unseen,
} from './diagnosis.ts'
export type { DiffRange, DiffSegment, SignedTextDiff } from './diff.ts'
export { diffSignedText, visible } from './diff.ts'
export type { Explanation, SignedAt } from './explain.ts'
export { explainSignature, explainTime } from './explain.ts'
export type { FormPart, SentHeaders } from './explain-form.ts'
export { explainForm } from './explain-form.ts'
export { durationWords } from './inspect/check-time.ts'
export { parseInput } from './parse/parse-input.ts'
export type { InputProblem, ParsedRequest } from './parse/parsed-request.ts'
export type { PemProblem, PemReport, PemUse } from './pem/inspect-pem.ts'
export { inspectPem } from './pem/inspect-pem.ts'
export type { PemProblemCode } from './pem/pem-problems.ts'
export { PEM_PROBLEMS } from './pem/pem-problems.ts'
export type { RefusedRequest } from './refused-request.ts'
export { authoritiesOf, headerOf, isSigned } from './refused-request.ts'
export type { SearchDepth } from './search/depth.ts'
export { QUICK, THOROUGH } from './search/depth.ts'

export type { Algorithm, AlgorithmName, KeyType, Profile } from './algorithms.ts'
export { ALGORITHMS, PROFILE_ALGORITHMS, STATEMENT_ALGORITHMS } from './algorithms.ts'
export type { MaybePromise, SigningKey, VerifyingKey } from './backend/backend.ts'
export {
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
  encodeUtf8,
} from './encoding.ts'
export type { AccessHeaderNames } from './headers.ts'
export { accessHeaderNames, DEFAULT_HEADER_PREFIX } from './headers.ts'
export type { PublicKey, PublicKeyProblem, PublicKeyProblemCode } from './key.ts'
export { parsePublicKey, parseSpki, publicKeyPem } from './key.ts'
export type { PrivateJwk, PrivateKey, PrivateKeyErrorCode } from './private-key.ts'
export { PrivateKeyError, parsePrivateKey, pkcs8Pem } from './private-key.ts'
export { fingerprintOf, importSigningKey, importVerifyingKey, publicKeyOf } from './ready-key.ts'
export type { RefusalBody, RefusalName } from './refusals.ts'
export { REFUSALS, refusalBody } from './refusals.ts'
export { DEFAULT_SCOPES, grantsScope, missingScopes, SCOPES_WHEN_OMITTED, scopeListProblem } from './scope.ts'
export type { RequestToSign } from './sign.ts'
export { signRequest } from './sign.ts'
export { pathOf, signedText } from './signed-text.ts'
export type { Statement, StatementPurpose } from './statement.ts'
export { STATEMENT_FIELDS, signStatement, statementText, verifyStatement } from './statement.ts'
export type { ReceivedRequest } from './verify.ts'
export { verifyRequest } from './verify.ts'

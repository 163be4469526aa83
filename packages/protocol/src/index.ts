export type { Algorithm, AlgorithmName, KeyType, Profile } from './algorithms.ts'
export { ALGORITHMS, PROFILE_ALGORITHMS, STATEMENT_ALGORITHMS } from './algorithms.ts'
export type { AuditHashParts, ChainedEvent, ChainFault, ChainPosition, UnchainedEvent } from './audit-chain.ts'
export { auditHashParts, chainStart, checkEvent, hashEvent } from './audit-chain.ts'
export type { AuditHead } from './audit-head.ts'
export { parseAuditHead, signAuditHead, verifyAuditHead } from './audit-head.ts'
export type { AuditLogCheck, AuditLogFault, TrustedHead } from './audit-log.ts'
export { auditLogHeader, auditLogLine, checkAuditLog } from './audit-log.ts'
export type { MaybePromise, SigningKey, VerifyingKey } from './backend/backend.ts'
export type { Json } from './canonical-json.ts'
export { canonicalJson } from './canonical-json.ts'
export {
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
  encodeUtf8,
} from './encoding.ts'
export type { AccessHeaderNames } from './headers.ts'
export { accessHeaderNames, DEFAULT_HEADER_PREFIX } from './headers.ts'
export { readComponent } from './http-message-signatures/component.ts'
export type { DigestAlgorithm } from './http-message-signatures/content-digest.ts'
export { checkContentDigest, contentDigest } from './http-message-signatures/content-digest.ts'
export type { RequestToCover } from './http-message-signatures/coverage.ts'
export { coverageProblem, expiryProblem, needsNonce, requiredComponents } from './http-message-signatures/coverage.ts'
export type { FieldValue, HttpMessage, RequestMessage, ResponseMessage } from './http-message-signatures/message.ts'
export { urlParts } from './http-message-signatures/message.ts'
export type { MessageSignature } from './http-message-signatures/message-signature.ts'
export { MAX_NONCE_LENGTH, MAX_SIGNATURES, readMessageSignatures } from './http-message-signatures/message-signature.ts'
export type { MessageProblem, MessageProblemCode } from './http-message-signatures/problem.ts'
export type { SignatureHeaders, SignatureToMake } from './http-message-signatures/sign-message.ts'
export { signMessage } from './http-message-signatures/sign-message.ts'
export type { RequestMessageToSign, RequestTarget } from './http-message-signatures/sign-request-message.ts'
export { makeNonce, signRequestMessage } from './http-message-signatures/sign-request-message.ts'
export type { Coverage } from './http-message-signatures/signature-base.ts'
export { signatureBase } from './http-message-signatures/signature-base.ts'
export { verifyMessage } from './http-message-signatures/verify-message.ts'
export type { PublicKey, PublicKeyProblem, PublicKeyProblemCode } from './key.ts'
export {
  ed25519PublicKey,
  parseKeptPublicKey,
  parseKeptSpki,
  parsePublicKey,
  parseSpki,
  publicKeyPem,
  rsaModulusOf,
  rsaPublicKey,
} from './key.ts'
export { readPem, writePem } from './pem.ts'
export type { PrivateJwk, PrivateKey, PrivateKeyErrorCode } from './private-key.ts'
export {
  ed25519PrivateKey,
  PrivateKeyError,
  parsePrivateKey,
  pkcs1Pem,
  pkcs8Pem,
  rsaNumbersOf,
  rsaPrivateKey,
} from './private-key.ts'
export type { ImportKey } from './ready-key.ts'
export { digestOf, fingerprintOf, importSigningKey, importVerifyingKey, publicKeyOf } from './ready-key.ts'
export type { RefusalText } from './refusal-texts.ts'
export { REFUSAL_TEXTS, refusalText } from './refusal-texts.ts'
export type { RefusalBody, RefusalName } from './refusals.ts'
export { REFUSALS, refusalBody } from './refusals.ts'
export type { RsaNumberName, RsaNumbers } from './rsa-numbers.ts'
export {
  areRsaNumbersWhole,
  areRsaPrimes,
  deriveNumbers,
  differingRsaNumbers,
  repairRsaNumbers,
} from './rsa-numbers.ts'
export { DEFAULT_SCOPES, grantsScope, missingScopes, SCOPES_WHEN_OMITTED, scopeListProblem } from './scope.ts'
export type { RequestToSign } from './sign.ts'
export { signRequest } from './sign.ts'
export { malformedPart, pathOf, signedText } from './signed-text.ts'
export type { Statement, StatementPurpose } from './statement.ts'
export { STATEMENT_FIELDS, signStatement, statementText, verifyStatement } from './statement.ts'
export { targetProblem } from './target-problem.ts'
export type { ReceivedRequest } from './verify.ts'
export { verifyRequest } from './verify.ts'

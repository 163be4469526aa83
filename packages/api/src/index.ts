export { AccountLimits, EndpointCost, EndpointCosts, TokenBucket } from './account.ts'
export {
  Account,
  AccountPage,
  AccountParams,
  CreateAccountRequest,
  ListAccountsQuery,
  SuspendAccountRequest,
  UpdateAccountRequest,
} from './accounts.ts'
export {
  ApiKey,
  ApiKeyDetails,
  ApiKeyPage,
  ApiKeyParams,
  CreateKeyRequest,
  CreateKeyResponse,
  GenerateKeyRequest,
  GenerateKeyResponse,
  HourlyCounts,
  ListAllKeysQuery,
  ListKeysAnswer,
  ListKeysQuery,
  ListKeysResponse,
  RevokeKeyRequest,
  RevokeKeyResponse,
  RotationOfKey,
  UpdateKeyRequest,
} from './api-keys.ts'
export type { AuditAction } from './audit-actions.ts'
export { AUDIT_ACTIONS } from './audit-actions.ts'
export {
  AccountAuditEvent,
  AccountAuditEventPage,
  AccountAuditQuery,
  AuditActor,
  AuditChain,
  AuditEvent,
  AuditEventPage,
  AuditHead,
  AuditQuery,
} from './audit-events.ts'
export { Deployment } from './deployment.ts'
export {
  BadRequestResponse,
  ErrorResponse,
  FlatErrorResponse,
  LimitedResponse,
  TooManyRequestsResponse,
} from './errors.ts'
export { CountDecisionsRequest, GateKey } from './gate-key.ts'
export { Health } from './health.ts'
export {
  KEY_NAME_MAX_LENGTH,
  keyNameProblem,
  normalizeKeyName,
  SUBACCOUNT_MAX,
  subaccountProblem,
} from './key-rules.ts'
export { CreateLinkRequest, CreateLinkResponse, LinkPreview, PreviewLinkRequest } from './links.ts'
export type { Operation } from './operations.ts'
export { OPERATIONS, SCHEMAS } from './operations.ts'
export {
  ClaimedRefusal,
  ListClaimedRefusalsResponse,
  ListRefusalsResponse,
  Refusal,
  RefusalDiagnosis,
} from './refusals.ts'
export type { RevocationReason } from './revocations.ts'
export { REVOCATION_REASONS, RevocationRequest, RevocationResponse } from './revocations.ts'
export { RotateKeyRequest, RotateKeyResponse, Rotation, RotationTraffic } from './rotations.ts'
export type { OperationId, Route } from './routes.ts'
export { DEFAULT_BASE_PATH, KEY_CHANGES_PATH, ROUTES } from './routes.ts'
export { ExplainedRule, ExplainRuleQuery, LoadedRule, LoadedTier, RuleTable } from './rules.ts'
export type { NamedSchema } from './schema.ts'
export { refTo } from './schema.ts'
export {
  AccountSessionParams,
  AccountSessionsParams,
  EndSessionsResponse,
  ListSessionsResponse,
  Session,
  SessionParams,
  StartSessionRequest,
  StartSessionResponse,
} from './sessions.ts'
export {
  AccountUsage,
  BucketLevel,
  DeploymentUsage,
  DeploymentUsageQuery,
  KeyUsage,
  UsageCounts,
  UsageOfAccount,
  UsageOfCode,
  UsageOfKey,
  UsagePoint,
  UsageQuery,
} from './usage.ts'
export { WhoAmI } from './whoami.ts'

import { AccountLimits, EndpointCost, EndpointCosts, TokenBucket } from './account.ts'
import {
  Account,
  AccountPage,
  AccountParams,
  CreateAccountRequest,
  ListAccountsQuery,
  SuspendAccountRequest,
  UpdateAccountRequest,
} from './accounts.ts'
import {
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
import {
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
import { Deployment } from './deployment.ts'
import {
  BadRequestResponse,
  ErrorResponse,
  FlatErrorResponse,
  LimitedResponse,
  TooManyRequestsResponse,
} from './errors.ts'
import { CountDecisionsRequest, GateKey } from './gate-key.ts'
import { Health } from './health.ts'
import { CreateLinkRequest, CreateLinkResponse, LinkPreview, PreviewLinkRequest } from './links.ts'
import {
  ClaimedRefusal,
  ListClaimedRefusalsResponse,
  ListRefusalsResponse,
  Refusal,
  RefusalDiagnosis,
} from './refusals.ts'
import { RevocationRequest, RevocationResponse } from './revocations.ts'
import { RotateKeyRequest, RotateKeyResponse, Rotation, RotationTraffic } from './rotations.ts'
import type { OperationId } from './routes.ts'
import { ExplainedRule, ExplainRuleQuery, LoadedRule, LoadedTier, RuleTable } from './rules.ts'
import type { NamedSchema } from './schema.ts'
import {
  AccountSessionParams,
  AccountSessionsParams,
  EndSessionsResponse,
  ListSessionsResponse,
  Session,
  SessionParams,
  StartSessionRequest,
  StartSessionResponse,
} from './sessions.ts'
import {
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
import { WhoAmI } from './whoami.ts'

/** One call of the API as documents describe it; its method, path and scope are in `ROUTES`, under the same id. */
export interface Operation {
  readonly summary: string
  readonly tag: 'API keys' | 'Account' | 'Operators' | 'Deployment' | 'Gate' | 'Sessions'
  readonly params?: NamedSchema
  readonly query?: NamedSchema
  readonly body?: NamedSchema
  /** What each status answers with; `null` is an empty body. */
  readonly responses: Readonly<Record<number, { readonly description: string; readonly schema: NamedSchema | null }>>
}

const REFUSED = {
  400: { description: 'The request was refused as it is.', schema: BadRequestResponse },
  401: { description: 'The signature was refused.', schema: ErrorResponse },
  403: { description: 'The key may not do this.', schema: ErrorResponse },
  429: { description: 'Too many requests.', schema: LimitedResponse },
  500: { description: 'A fault of the server.', schema: ErrorResponse },
  503: { description: 'The server cannot answer now; try again later.', schema: ErrorResponse },
}

const REFUSED_BODY = {
  ...REFUSED,
  413: { description: 'The body is larger than 64 KiB.', schema: ErrorResponse },
}

const REFUSED_PUBLIC_BODY = {
  400: REFUSED[400],
  413: REFUSED_BODY[413],
  429: REFUSED[429],
  500: REFUSED[500],
  503: REFUSED[503],
}

const REFUSED_PUBLIC = { 429: REFUSED[429], 500: REFUSED[500], 503: REFUSED[503] }

const NO_KEY = { 404: { description: 'The account has no such key.', schema: ErrorResponse } }
const NO_SUCH_KEY = { 404: { description: 'There is no such key.', schema: ErrorResponse } }
const NO_ACCOUNT = { 404: { description: 'There is no such account.', schema: ErrorResponse } }
const STATE_CONFLICT = {
  409: { description: 'The state of the key or of its rotation does not allow this.', schema: ErrorResponse },
}
const CONFLICT = {
  409: {
    description: 'This public key is already registered in this account, or this Idempotency-Key has made a key.',
    schema: ErrorResponse,
  },
}
const EXTERNAL_ID_TAKEN = { 409: { description: 'Another account has this external id.', schema: ErrorResponse } }
const THE_KEY = { 200: { description: 'The key as it is now.', schema: ApiKeyDetails } }
const THE_ROTATION = { 200: { description: 'The rotation as it is now.', schema: Rotation } }
const THE_ACCOUNT = { 200: { description: 'The account as it is now.', schema: Account } }

/** What every call takes and answers. */
export const OPERATIONS = {
  generateApiKey: {
    summary: 'Make a key pair; the private key is in the answer and nowhere else',
    tag: 'API keys',
    body: GenerateKeyRequest,
    responses: { 201: { description: 'The new key.', schema: GenerateKeyResponse }, ...CONFLICT, ...REFUSED_BODY },
  },
  createApiKey: {
    summary: 'Register your own public key',
    tag: 'API keys',
    body: CreateKeyRequest,
    responses: {
      201: { description: 'The registered key.', schema: CreateKeyResponse },
      ...CONFLICT,
      ...REFUSED_BODY,
    },
  },
  listApiKeys: {
    summary: "List the account's keys",
    tag: 'API keys',
    query: ListKeysQuery,
    responses: { 200: { description: 'The keys.', schema: ListKeysAnswer }, ...REFUSED },
  },
  getApiKey: {
    summary: 'All that is known of one key',
    tag: 'API keys',
    params: ApiKeyParams,
    responses: {
      200: { description: 'The key.', schema: ApiKeyDetails },
      404: { description: 'The account has no such key.', schema: ErrorResponse },
      ...REFUSED,
    },
  },
  updateApiKey: {
    summary: 'Rename a key, narrow its scopes, change its restrictions',
    tag: 'API keys',
    params: ApiKeyParams,
    body: UpdateKeyRequest,
    responses: { ...THE_KEY, ...NO_KEY, ...STATE_CONFLICT, ...REFUSED_BODY },
  },
  disableApiKey: {
    summary: 'Refuse what a key signs until it is enabled again',
    tag: 'API keys',
    params: ApiKeyParams,
    responses: { ...THE_KEY, ...NO_KEY, ...STATE_CONFLICT, ...REFUSED },
  },
  enableApiKey: {
    summary: 'Accept a disabled key again',
    tag: 'API keys',
    params: ApiKeyParams,
    responses: { ...THE_KEY, ...NO_KEY, ...STATE_CONFLICT, ...REFUSED },
  },
  revokeApiKey: {
    summary: 'Refuse what a key signs for good; it stays listed with the reason',
    tag: 'API keys',
    params: ApiKeyParams,
    body: RevokeKeyRequest,
    responses: { 200: { description: 'It is revoked.', schema: RevokeKeyResponse }, ...NO_KEY, ...REFUSED_BODY },
  },
  rotateApiKey: {
    summary: 'Replace a key; the old one is accepted until a deadline',
    tag: 'API keys',
    params: ApiKeyParams,
    body: RotateKeyRequest,
    responses: {
      201: { description: 'The rotation, and the new key.', schema: RotateKeyResponse },
      ...NO_KEY,
      ...STATE_CONFLICT,
      ...REFUSED_BODY,
    },
  },
  getRotation: {
    summary: 'The latest rotation of a key, and the traffic still on the old one',
    tag: 'API keys',
    params: ApiKeyParams,
    responses: {
      200: { description: 'The rotation.', schema: Rotation },
      404: {
        description: 'The account has no such key, or the key was never part of a rotation.',
        schema: ErrorResponse,
      },
      ...REFUSED,
    },
  },
  finishRotation: {
    summary: 'End an open rotation now: the old key stops at once',
    tag: 'API keys',
    params: ApiKeyParams,
    responses: { ...THE_ROTATION, ...NO_KEY, ...STATE_CONFLICT, ...REFUSED },
  },
  abortRotation: {
    summary: 'Take an open rotation back: the new key stops, the old one stays as it was',
    tag: 'API keys',
    params: ApiKeyParams,
    responses: { ...THE_ROTATION, ...NO_KEY, ...STATE_CONFLICT, ...REFUSED },
  },
  deleteApiKey: {
    summary: 'Delete a key; it stops working at once',
    tag: 'API keys',
    params: ApiKeyParams,
    responses: {
      204: { description: 'The key is deleted.', schema: null },
      404: { description: 'The account has no such key.', schema: ErrorResponse },
      ...REFUSED,
    },
  },
  listRefusals: {
    summary: 'The last refused requests that provably came from the holder of a key',
    tag: 'API keys',
    params: ApiKeyParams,
    responses: {
      200: { description: 'The refusals.', schema: ListRefusalsResponse },
      ...NO_SUCH_KEY,
      ...REFUSED,
    },
  },
  whoAmI: {
    summary: 'Who signed this request, and what the key may do',
    tag: 'API keys',
    responses: { 200: { description: 'The account and the key.', schema: WhoAmI }, ...REFUSED },
  },
  createRevocation: {
    summary: 'Revoke a key everywhere, by proof that you hold its private key',
    tag: 'API keys',
    body: RevocationRequest,
    responses: {
      200: { description: 'What became of it.', schema: RevocationResponse },
      400: REFUSED[400],
      413: REFUSED_BODY[413],
      ...REFUSED_PUBLIC,
    },
  },
  getAccountLimits: {
    summary: "The account's usage tier and its token buckets",
    tag: 'Account',
    responses: { 200: { description: 'The limits.', schema: AccountLimits }, ...REFUSED },
  },
  getEndpointCosts: {
    summary: 'What requests cost in tokens',
    tag: 'Account',
    responses: { 200: { description: 'The costs.', schema: EndpointCosts }, ...REFUSED_PUBLIC },
  },
  getGateKey: {
    summary: 'A key of any account, for a gate that decides elsewhere; needs the scope gate, which operators give',
    tag: 'Gate',
    params: ApiKeyParams,
    responses: {
      200: { description: 'The key.', schema: GateKey },
      404: { description: 'There is no such key.', schema: ErrorResponse },
      ...REFUSED,
    },
  },
  countDecisions: {
    summary: 'Count decisions that a gate elsewhere made; needs the scope gate',
    tag: 'Gate',
    body: CountDecisionsRequest,
    responses: {
      204: { description: 'The batch is counted, by this call or by an earlier one.', schema: null },
      ...REFUSED_BODY,
    },
  },
  getKeyUsage: {
    summary: 'Requests that one key signed, over time',
    tag: 'API keys',
    params: ApiKeyParams,
    query: UsageQuery,
    responses: { 200: { description: 'The usage of the key.', schema: KeyUsage }, ...NO_KEY, ...REFUSED },
  },
  getAccountUsage: {
    summary: "Requests that the account's keys signed, over time",
    tag: 'Account',
    query: UsageQuery,
    responses: { 200: { description: 'The usage of the account.', schema: AccountUsage }, ...REFUSED },
  },
  listAccountAuditEvents: {
    summary: 'What was changed of the account and its keys, and by whom, newest first',
    tag: 'Account',
    query: AccountAuditQuery,
    responses: { 200: { description: 'The events.', schema: AccountAuditEventPage }, ...REFUSED },
  },
  previewLink: {
    summary: 'What a sign-in link is for, without using it up',
    tag: 'Sessions',
    body: PreviewLinkRequest,
    responses: { 200: { description: 'What it is for.', schema: LinkPreview }, ...REFUSED_PUBLIC_BODY },
  },
  startSession: {
    summary: 'Trade the code of a sign-in link for a session',
    tag: 'Sessions',
    body: StartSessionRequest,
    responses: {
      201: {
        description: 'The session; `Countersign-Nonce` is what its first nonce begins with.',
        schema: StartSessionResponse,
      },
      401: { description: 'The account is suspended.', schema: ErrorResponse },
      404: { description: 'There is no such link.', schema: ErrorResponse },
      409: { description: 'This public key is already registered in this account.', schema: ErrorResponse },
      410: { description: 'The link was used, or has expired.', schema: ErrorResponse },
      ...REFUSED_PUBLIC_BODY,
    },
  },
  listSessions: {
    summary: "List the account's signed-in browsers",
    tag: 'Sessions',
    responses: { 200: { description: 'The sessions.', schema: ListSessionsResponse }, ...REFUSED },
  },
  endSession: {
    summary: 'Sign a browser out: the one that asks, or another where the key may write',
    tag: 'Sessions',
    params: SessionParams,
    responses: {
      204: { description: 'The session has ended.', schema: null },
      404: { description: 'The account has no such session.', schema: ErrorResponse },
      ...REFUSED,
    },
  },
  endOtherSessions: {
    summary: 'Sign all browsers out but the one that asks',
    tag: 'Sessions',
    responses: { 200: { description: 'They have ended.', schema: EndSessionsResponse }, ...REFUSED },
  },
  createLink: {
    summary: 'Make a sign-in link for a customer',
    tag: 'Operators',
    body: CreateLinkRequest,
    responses: {
      201: { description: 'The link.', schema: CreateLinkResponse },
      404: { description: 'There is no such account.', schema: ErrorResponse },
      ...REFUSED_BODY,
    },
  },
  listAccountSessions: {
    summary: "List an account's signed-in browsers",
    tag: 'Operators',
    params: AccountSessionsParams,
    responses: {
      200: { description: 'The sessions.', schema: ListSessionsResponse },
      404: { description: 'There is no such account.', schema: ErrorResponse },
      ...REFUSED,
    },
  },
  endAccountSession: {
    summary: "Sign one of an account's browsers out",
    tag: 'Operators',
    params: AccountSessionParams,
    responses: {
      204: { description: 'The session has ended.', schema: null },
      404: { description: 'The account has no such session.', schema: ErrorResponse },
      ...REFUSED,
    },
  },
  getDeployment: {
    summary: 'The deployment id and the clock of the server',
    tag: 'Deployment',
    responses: { 200: { description: 'The deployment.', schema: Deployment }, ...REFUSED_PUBLIC },
  },
  createAccount: {
    summary: 'Make an account',
    tag: 'Operators',
    body: CreateAccountRequest,
    responses: { 201: { description: 'The new account.', schema: Account }, ...EXTERNAL_ID_TAKEN, ...REFUSED_BODY },
  },
  listAccounts: {
    summary: 'List accounts',
    tag: 'Operators',
    query: ListAccountsQuery,
    responses: { 200: { description: 'The accounts.', schema: AccountPage }, ...REFUSED },
  },
  getAccount: {
    summary: 'All that is known of one account',
    tag: 'Operators',
    params: AccountParams,
    responses: { 200: { description: 'The account.', schema: Account }, ...NO_ACCOUNT, ...REFUSED },
  },
  updateAccount: {
    summary: "Change an account's name, external id, usage tier or notes",
    tag: 'Operators',
    params: AccountParams,
    body: UpdateAccountRequest,
    responses: { ...THE_ACCOUNT, ...NO_ACCOUNT, ...EXTERNAL_ID_TAKEN, ...REFUSED_BODY },
  },
  suspendAccount: {
    summary: 'Refuse all keys of an account until that is lifted',
    tag: 'Operators',
    params: AccountParams,
    body: SuspendAccountRequest,
    responses: { ...THE_ACCOUNT, ...NO_ACCOUNT, ...STATE_CONFLICT, ...REFUSED_BODY },
  },
  unsuspendAccount: {
    summary: 'Accept the keys of a suspended account again',
    tag: 'Operators',
    params: AccountParams,
    responses: { ...THE_ACCOUNT, ...NO_ACCOUNT, ...REFUSED },
  },
  createAccountKey: {
    summary: 'Register a public key for an account',
    tag: 'Operators',
    params: AccountParams,
    body: CreateKeyRequest,
    responses: {
      201: { description: 'The registered key.', schema: CreateKeyResponse },
      ...NO_ACCOUNT,
      ...CONFLICT,
      ...REFUSED_BODY,
    },
  },
  generateAccountKey: {
    summary: 'Make a key pair for an account; the private key is in the answer and nowhere else',
    tag: 'Operators',
    params: AccountParams,
    body: GenerateKeyRequest,
    responses: {
      201: { description: 'The new key.', schema: GenerateKeyResponse },
      ...NO_ACCOUNT,
      ...CONFLICT,
      ...REFUSED_BODY,
    },
  },
  listAllApiKeys: {
    summary: 'List the keys of all accounts',
    tag: 'Operators',
    query: ListAllKeysQuery,
    responses: { 200: { description: 'The keys.', schema: ApiKeyPage }, ...REFUSED },
  },
  getAnyApiKey: {
    summary: 'All that is known of a key of any account',
    tag: 'Operators',
    params: ApiKeyParams,
    responses: { 200: { description: 'The key.', schema: ApiKeyDetails }, ...NO_SUCH_KEY, ...REFUSED },
  },
  updateAnyApiKey: {
    summary: 'Rename a key of any account, narrow its scopes, change its restrictions',
    tag: 'Operators',
    params: ApiKeyParams,
    body: UpdateKeyRequest,
    responses: { ...THE_KEY, ...NO_SUCH_KEY, ...STATE_CONFLICT, ...REFUSED_BODY },
  },
  disableAnyApiKey: {
    summary: 'Refuse what a key signs until an operator enables it again',
    tag: 'Operators',
    params: ApiKeyParams,
    responses: { ...THE_KEY, ...NO_SUCH_KEY, ...STATE_CONFLICT, ...REFUSED },
  },
  enableAnyApiKey: {
    summary: 'Accept a disabled key of any account again',
    tag: 'Operators',
    params: ApiKeyParams,
    responses: { ...THE_KEY, ...NO_SUCH_KEY, ...STATE_CONFLICT, ...REFUSED },
  },
  revokeAnyApiKey: {
    summary: 'Revoke a key of any account for good',
    tag: 'Operators',
    params: ApiKeyParams,
    body: RevokeKeyRequest,
    responses: { 200: { description: 'It is revoked.', schema: RevokeKeyResponse }, ...NO_SUCH_KEY, ...REFUSED_BODY },
  },
  deleteAnyApiKey: {
    summary: 'Delete a key of any account; it stops working at once',
    tag: 'Operators',
    params: ApiKeyParams,
    responses: { 204: { description: 'The key is deleted.', schema: null }, ...NO_SUCH_KEY, ...REFUSED },
  },
  getAnyRotation: {
    summary: 'The latest rotation of a key of any account',
    tag: 'Operators',
    params: ApiKeyParams,
    responses: {
      200: { description: 'The rotation.', schema: Rotation },
      404: { description: 'There is no such key, or it was never part of a rotation.', schema: ErrorResponse },
      ...REFUSED,
    },
  },
  finishAnyRotation: {
    summary: 'End an open rotation of any account now',
    tag: 'Operators',
    params: ApiKeyParams,
    responses: { ...THE_ROTATION, ...NO_SUCH_KEY, ...STATE_CONFLICT, ...REFUSED },
  },
  abortAnyRotation: {
    summary: 'Take an open rotation of any account back',
    tag: 'Operators',
    params: ApiKeyParams,
    responses: { ...THE_ROTATION, ...NO_SUCH_KEY, ...STATE_CONFLICT, ...REFUSED },
  },
  listAnyRefusals: {
    summary: 'The last refused requests that provably came from the holder of a key of any account',
    tag: 'Operators',
    params: ApiKeyParams,
    responses: {
      200: { description: 'The refusals.', schema: ListRefusalsResponse },
      ...NO_SUCH_KEY,
      ...REFUSED,
    },
  },
  listClaimedRefusals: {
    summary: 'The last refused requests that prove nothing of who sent them',
    tag: 'Operators',
    responses: {
      200: { description: 'The refusals, with what their senders claim.', schema: ListClaimedRefusalsResponse },
      ...REFUSED,
    },
  },
  getDeploymentUsage: {
    summary: 'Decisions over time: all of them, or those of one account or key',
    tag: 'Operators',
    query: DeploymentUsageQuery,
    responses: { 200: { description: 'The usage.', schema: DeploymentUsage }, ...NO_ACCOUNT, ...REFUSED },
  },
  listAuditEvents: {
    summary: 'What was changed, and by whom; and whether the log is whole',
    tag: 'Operators',
    query: AuditQuery,
    responses: { 200: { description: 'The events, and the state of the log.', schema: AuditEventPage }, ...REFUSED },
  },
  getRules: {
    summary: 'The rules and usage tiers as they were loaded',
    tag: 'Operators',
    responses: { 200: { description: 'The rules and tiers.', schema: RuleTable }, ...REFUSED },
  },
  explainRule: {
    summary: 'Which rule a request comes under, and what it then needs',
    tag: 'Operators',
    query: ExplainRuleQuery,
    responses: { 200: { description: 'What the rules make of it.', schema: ExplainedRule }, ...REFUSED },
  },
  getHealth: {
    summary: 'Whether the process and all of its threads are up',
    tag: 'Deployment',
    responses: { 200: { description: 'They are up.', schema: Health }, 503: REFUSED[503] },
  },
  getReadiness: {
    summary: 'Whether the server can do its work, its database included',
    tag: 'Deployment',
    responses: { 200: { description: 'It can.', schema: Health }, 503: REFUSED[503] },
  },
} as const satisfies Readonly<Record<OperationId, Operation>>

/** All named schemas, those that others refer to first: what a validator must know to resolve the references. */
export const SCHEMAS: readonly NamedSchema[] = [
  ErrorResponse,
  FlatErrorResponse,
  TooManyRequestsResponse,
  BadRequestResponse,
  LimitedResponse,
  TokenBucket,
  ApiKey,
  HourlyCounts,
  RotationOfKey,
  ApiKeyDetails,
  RefusalDiagnosis,
  Refusal,
  ListRefusalsResponse,
  ClaimedRefusal,
  ListClaimedRefusalsResponse,
  WhoAmI,
  ApiKeyParams,
  ListKeysQuery,
  ListKeysResponse,
  ApiKeyPage,
  ListKeysAnswer,
  ListAllKeysQuery,
  GenerateKeyRequest,
  GenerateKeyResponse,
  CreateKeyRequest,
  CreateKeyResponse,
  UpdateKeyRequest,
  RevokeKeyRequest,
  RevokeKeyResponse,
  RevocationRequest,
  RevocationResponse,
  RotateKeyRequest,
  RotateKeyResponse,
  RotationTraffic,
  Rotation,
  Account,
  AccountParams,
  AccountPage,
  ListAccountsQuery,
  CreateAccountRequest,
  UpdateAccountRequest,
  SuspendAccountRequest,
  AccountLimits,
  EndpointCost,
  EndpointCosts,
  UsageCounts,
  UsagePoint,
  UsageOfKey,
  UsageOfAccount,
  UsageOfCode,
  BucketLevel,
  KeyUsage,
  AccountUsage,
  DeploymentUsage,
  UsageQuery,
  DeploymentUsageQuery,
  AuditActor,
  AuditEvent,
  AccountAuditEvent,
  AuditHead,
  AuditChain,
  AuditEventPage,
  AccountAuditEventPage,
  AuditQuery,
  AccountAuditQuery,
  PreviewLinkRequest,
  LinkPreview,
  CreateLinkRequest,
  CreateLinkResponse,
  StartSessionRequest,
  StartSessionResponse,
  Session,
  ListSessionsResponse,
  EndSessionsResponse,
  SessionParams,
  AccountSessionsParams,
  AccountSessionParams,
  Deployment,
  GateKey,
  CountDecisionsRequest,
  LoadedRule,
  LoadedTier,
  RuleTable,
  ExplainRuleQuery,
  ExplainedRule,
  Health,
]

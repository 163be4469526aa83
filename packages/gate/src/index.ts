export type {
  Admission,
  AdmissionOutcome,
  AdmissionRequest,
  Charge,
  SignatureClaim,
  TierBuckets,
} from './admission.ts'
export { ACCOUNT_SHARE, bucketOfAccount, bucketOfKey, MAX_CHARGES } from './admission.ts'
export type { AdmissionClocks } from './admission-clock.ts'
export {
  ADMISSION_CLOCK_NUMBERS,
  CLAIM_MAX_MS,
  claimsSince,
  monotonicTime,
  moveAdmissionClock,
  noteLife,
  SYSTEM_CLOCKS,
  startAdmissionClock,
} from './admission-clock.ts'
export type { Allowed, Decision, Denied, Explanation, Principal } from './decision.ts'
export { denied } from './decision.ts'
export { withDecisionSink } from './decision-sink.ts'
export type { Explain } from './explain.ts'
export type { FailureBudget, FailureBudgetOptions } from './failure-budget.ts'
export { createFailureBudget } from './failure-budget.ts'
export { createGate } from './gate.ts'
export { GateFault } from './gate-fault.ts'
export type { Gate } from './gate-interface.ts'
export type { GateOptions } from './gate-options.ts'
export { DEFAULT_WINDOW_MS } from './gate-options.ts'
export type { KeyCache, KeyCacheOptions, KeyChange } from './key-cache.ts'
export { createKeyCache } from './key-cache.ts'
export type { MemoryDecisionSink, MemoryKeySource } from './memory.ts'
export { createMemoryDecisionSink, createMemoryKeySource } from './memory.ts'
export type { MemoryAdmission, MemoryAdmissionOptions } from './memory-admission.ts'
export { createMemoryAdmission, scarcest } from './memory-admission.ts'
export type { Address, Network, NetworkProblem } from './network.ts'
export { addressPrefix, contains, parseAddress, parseNetwork, writeNetwork } from './network.ts'
export type { Outcome } from './outcome.ts'
export { outcomeOf } from './outcome.ts'
export type { PausingLoader, StoreAnswer } from './pause-after-silence.ts'
export { pauseAfterSilence } from './pause-after-silence.ts'
export type { DecisionSink, KeyRecord, KeySource } from './ports.ts'
export type { MessageSignatureOptions } from './profiles/message-signatures.ts'
export type { RefusalReply } from './refusal-reply.ts'
export { refusalReply } from './refusal-reply.ts'
export type { GateRequest } from './request.ts'
export type { Rule, RuleRow, Rules } from './rules.ts'
export {
  compileMatch,
  compileRules,
  DEFAULT_COST,
  defaultBucket,
  defaultRules,
  RuleError,
  segmentsOf,
} from './rules.ts'
export type { SenderLimit } from './sender-limit.ts'
export { createSenderLimit } from './sender-limit.ts'
export type { SessionNonces } from './steps/check-session.ts'
export { checkTarget } from './steps/check-target.ts'
export type { BucketSize } from './token-bucket.ts'
export { fullAtMs, holdsEnough, waitMs } from './token-bucket.ts'
export type { CountedMinute, Counts, LastUse, UsageBatch, UsageCounter } from './usage/usage-counter.ts'
export { createUsageCounter } from './usage/usage-counter.ts'
export type { NumberedBatch, ReportedDecisions, UsageReporter, UsageReporterOptions } from './usage/usage-reporter.ts'
export { createUsageReporter, HAND_OVER_EVERY_MS, reportDecisions } from './usage/usage-reporter.ts'

export { CALLS } from './all-calls.ts'
export { SCHEMAS } from './all-schemas.ts'
export { answersOf } from './answers-of.ts'
export type { AuditAction } from './audit-actions.ts'
export { AUDIT_ACTIONS } from './audit-actions.ts'
export type { Answer, AnswerOf, Call, CallDefinition, CallOf, FieldKind, PartOf, SchemaName, ValueOf } from './call.ts'
export { successOf } from './call.ts'
export {
  KEY_NAME_MAX_LENGTH,
  keyNameProblem,
  normalizeKeyName,
  SUBACCOUNT_MAX,
  subaccountProblem,
} from './key-rules.ts'
export { DEFAULT_BASE_PATH, KEY_CHANGES_PATH } from './paths.ts'
export * from './schemas/index.ts'
export type { NamedSchema } from './schemas/schema.ts'
export { refTo } from './schemas/schema.ts'

import { STATEMENT_ALGORITHMS } from './algorithms.ts'
import type { MaybePromise, SigningKey, VerifyingKey } from './backend/backend.ts'
import { decodeBase64, encodeBase64, encodeUtf8 } from './encoding.ts'

/** The fields of each statement in the order in which they are signed (docs/wire.md section 7; `audit_head`: docs/security.md). */
export const STATEMENT_FIELDS = {
  revoke: ['fingerprint', 'reason'],
  rotate: ['old_api_key_id', 'new_fingerprint', 'grace_seconds'],
  register: ['account', 'fingerprint'],
  session: ['code_sha256', 'new_fingerprint'],
  audit_head: ['seq', 'hash', 'at'],
} as const

/** The purpose of a statement. It is valid for no other. */
export type StatementPurpose = keyof typeof STATEMENT_FIELDS

/** A statement before it is signed: one purpose, one deployment, all fields of that purpose. */
export interface Statement<P extends StatementPurpose = StatementPurpose> {
  readonly purpose: P
  readonly deploymentId: string
  readonly fields: Readonly<Record<(typeof STATEMENT_FIELDS)[P][number], string>>
}

/**
 * The text that a statement's signature covers: `countersign/<purpose>/v1`, the deployment id, one line for each field.
 *
 * @throws TypeError if a value is empty or not printable ASCII, or a field is missing
 */
export function statementText<P extends StatementPurpose>(statement: Statement<P>): string {
  const malformed = malformedValue(statement)
  if (malformed) throw new TypeError(`${malformed} must be one line of printable ASCII`)
  const fields = fieldsOf(statement).map(([name, value]) => `${name}: ${value}`)
  return [`countersign/${statement.purpose}/v1`, statement.deploymentId, ...fields].join('\n')
}

/** The signature of a statement, standard base64. */
export async function signStatement<P extends StatementPurpose>(
  statement: Statement<P>,
  key: SigningKey,
): Promise<string> {
  return encodeBase64(await key.sign(STATEMENT_ALGORITHMS[key.type], encodeUtf8(statementText(statement))))
}

/**
 * Whether `signature` (canonical base64) is this key's over exactly this statement; `false` if a value could not be
 * signed at all. Never throws on any received value; at once under Node.
 */
export function verifyStatement<P extends StatementPurpose>(
  statement: Statement<P>,
  signature: string,
  key: VerifyingKey,
): MaybePromise<boolean> {
  const bytes = decodeBase64(signature)
  if (bytes?.length !== key.signatureBytes || malformedValue(statement)) return false
  return key.verify(STATEMENT_ALGORITHMS[key.type], encodeUtf8(statementText(statement)), bytes)
}

/** The name of the first value that could begin a line or be read in two ways, or `undefined`. */
function malformedValue<P extends StatementPurpose>(statement: Statement<P>): string | undefined {
  const values = [['deployment id', statement.deploymentId] as const, ...fieldsOf(statement)]
  return values.find(([, value]) => !isOneLine(value))?.[0]
}

function fieldsOf<P extends StatementPurpose>({ purpose, fields }: Statement<P>) {
  const values: Readonly<Record<string, unknown>> = fields
  const names: readonly string[] = STATEMENT_FIELDS[purpose]
  return names.map((name) => [name, values[name]] as const)
}

function isOneLine(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)
}

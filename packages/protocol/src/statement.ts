import { STATEMENT_ALGORITHMS } from './algorithms.ts'
import type { MaybePromise, SigningKey, VerifyingKey } from './backend/backend.ts'
import { decodeBase64, encodeBase64, encodeUtf8 } from './encoding.ts'

/** The fields of each statement in the order in which they are signed (contract.md section 7). */
export const STATEMENT_FIELDS = {
  revoke: ['fingerprint', 'reason'],
  rotate: ['old_api_key_id', 'new_fingerprint', 'grace_seconds'],
  register: ['account', 'fingerprint'],
  session: ['code_sha256', 'new_fingerprint'],
} as const

/** What a statement is for; it is valid for nothing else. */
export type StatementPurpose = keyof typeof STATEMENT_FIELDS

/** A statement before it is signed: one purpose, one deployment, all fields of that purpose. */
export interface Statement<P extends StatementPurpose = StatementPurpose> {
  readonly purpose: P
  readonly deploymentId: string
  readonly fields: Readonly<Record<(typeof STATEMENT_FIELDS)[P][number], string>>
}

/**
 * The text that a statement's signature covers: `countersign/<purpose>/v1`, the deployment id, one line a field.
 *
 * @throws TypeError where a value is empty, not printable ASCII, or a field is missing
 */
export function statementText<P extends StatementPurpose>(statement: Statement<P>): string {
  const values: Readonly<Record<string, string>> = statement.fields
  const names: readonly string[] = STATEMENT_FIELDS[statement.purpose]
  return [
    `countersign/${statement.purpose}/v1`,
    oneLine('deployment id', statement.deploymentId),
    ...names.map((name) => `${name}: ${oneLine(name, values[name])}`),
  ].join('\n')
}

/** The signature of a statement, standard base64. */
export async function signStatement<P extends StatementPurpose>(
  statement: Statement<P>,
  key: SigningKey,
): Promise<string> {
  return encodeBase64(await key.sign(STATEMENT_ALGORITHMS[key.type], encodeUtf8(statementText(statement))))
}

/** Whether `signature` (canonical base64) is this key's over exactly this statement. */
export function verifyStatement<P extends StatementPurpose>(
  statement: Statement<P>,
  signature: string,
  key: VerifyingKey,
): MaybePromise<boolean> {
  const bytes = decodeBase64(signature)
  if (bytes?.length !== key.signatureBytes) return false
  return key.verify(STATEMENT_ALGORITHMS[key.type], encodeUtf8(statementText(statement)), bytes)
}

function oneLine(name: string, value: string | undefined): string {
  if (value === undefined || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) {
    throw new TypeError(`${name} must be one line of printable ASCII`)
  }
  return value
}

import type { ChainPosition } from './audit-chain.ts'
import type { SigningKey } from './backend/backend.ts'
import { decodeBase64, encodeBase64 } from './encoding.ts'
import { type PublicKey, parseSpki } from './key.ts'
import { importVerifyingKey } from './ready-key.ts'
import { type Statement, signStatement, verifyStatement } from './statement.ts'

/**
 * How far an audit log goes, signed with the key of its deployment. Kept outside the database, it shows a cut-off tail.
 */
export interface AuditHead {
  readonly deployment_id: string
  /** The last event; 0 if there is none yet. */
  readonly seq: number
  /** Its hash, or that of the chain's start. */
  readonly hash: string
  /** The time of signing: Unix milliseconds. */
  readonly at: number
  /**
   * The public key that verifies it: SubjectPublicKeyInfo, DER, base64. The reader must know whether it is the
   * deployment's.
   */
  readonly public_key: string
  /** The signature over the statement `audit_head`, base64. */
  readonly signature: string
}

/**
 * Signs how far the log of a deployment goes.
 *
 * @param nowMs Unix milliseconds.
 */
export async function signAuditHead(
  deploymentId: string,
  { seq, hash }: ChainPosition,
  nowMs: number,
  key: { readonly signing: SigningKey; readonly publicKey: PublicKey },
): Promise<AuditHead> {
  const unsigned = { deployment_id: deploymentId, seq, hash, at: nowMs, public_key: encodeBase64(key.publicKey.spki) }
  return { ...unsigned, signature: await signStatement(statementOf(unsigned), key.signing) }
}

/** The public key that signed a head, if the signature is right; otherwise `undefined`, whatever was given. */
export async function verifyAuditHead(head: AuditHead): Promise<PublicKey | undefined> {
  const spki = decodeBase64(head.public_key)
  const key = spki && parseSpki(spki)
  if (!key || 'problem' in key) return undefined
  const isRight = await verifyStatement(statementOf(head), head.signature, await importVerifyingKey(key))
  return isRight ? key : undefined
}

/** A head from its JSON; `undefined` if it is not a head. */
export function parseAuditHead(text: string): AuditHead | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isHead(value) ? value : undefined
  } catch {
    return undefined
  }
}

function statementOf({ deployment_id, seq, hash, at }: Omit<AuditHead, 'signature'>): Statement<'audit_head'> {
  return { purpose: 'audit_head', deploymentId: deployment_id, fields: { seq: `${seq}`, hash, at: `${at}` } }
}

function isHead(value: unknown): value is AuditHead {
  if (typeof value !== 'object' || value === null) return false
  const { deployment_id, seq, hash, at, public_key, signature } = value as Partial<Record<keyof AuditHead, unknown>>
  const texts = [deployment_id, hash, public_key, signature]
  return Number.isSafeInteger(seq) && Number.isSafeInteger(at) && texts.every((text) => typeof text === 'string')
}

import type { Principal } from '@countersign/gate'
import { grantsScope } from '@countersign/protocol'
import type { AuditActor } from '../storage/audit-events.ts'

/** The caller of an action: the gate's result for the request, and its address. */
export interface Actor extends Principal {
  /** The address of the request. */
  readonly ip: string
}

/** The actor in the form of the audit log: `changeKeys(context, auditActor(actor), work)`. */
export function auditActor({ accountId, keyId, scopes, ip }: Actor): AuditActor {
  const type = grantsScope(scopes, 'admin') ? 'operator' : 'account'
  return { type, accountId, apiKeyId: keyId, ip }
}

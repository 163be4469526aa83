import type { Principal } from '@countersign/gate'
import { grantsScope } from '@countersign/protocol'
import type { AuditActor } from '../storage/audit-events.ts'

/** Who asks for an action: what the gate says of the request, and where it came from. */
export interface Actor extends Principal {
  /** The address that the request came from. */
  readonly ip: string
}

/** The actor as the audit log tells of it: `appendAuditEvent(trx, { action, actor: auditActor(actor), … }, nowMs)`. */
export function auditActor({ accountId, keyId, scopes, ip }: Actor): AuditActor {
  const type = grantsScope(scopes, 'admin') ? 'operator' : 'account'
  return { type, accountId, apiKeyId: keyId, ip }
}

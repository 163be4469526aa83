/** Every action in the audit log. A new action is a new line here. A line is never removed. */
export const AUDIT_ACTIONS = [
  'account.created',
  'account.updated',
  'account.suspended',
  'account.resumed',
  'key.created',
  'key.updated',
  'key.disabled',
  'key.enabled',
  'key.revoked',
  'key.deleted',
  'fingerprint.burned',
  'rotation.started',
  'rotation.finished',
  'rotation.aborted',
  'link.created',
  'link.ended',
  'session.started',
  'session.ended',
] as const

/** What happened, by its stable name: the thing, a dot, and what was done to it. */
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

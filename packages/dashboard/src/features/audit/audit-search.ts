import type { AuditFilters } from '../../audit/audit-list.tsx'

/** The filters as the address of the page holds them. */
export interface AuditSearch {
  readonly action?: string
  readonly actor?: string
  /** A key id. */
  readonly about?: string
  /** Days of UTC, `2026-11-28`, both included. */
  readonly from?: string
  readonly to?: string
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
const DAY_MS = 86_400_000

/** The filters as the API takes them. */
export function auditFiltersOf({ action, actor, about, from, to }: AuditSearch): AuditFilters {
  return {
    action,
    actor_type: actor,
    api_key_id: about,
    from: from && String(Date.parse(from)),
    to: to && String(Date.parse(to) + DAY_MS),
  }
}

/** What is wrong with a key id that is searched for; nothing where it is empty. */
export function keyIdProblem(text: string): string | undefined {
  return text === '' || UUID.test(text) ? undefined : 'A whole key id, as the copy button gives it.'
}

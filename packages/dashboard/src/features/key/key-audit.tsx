import { getRouteApi } from '@tanstack/react-router'
import { AuditList } from '../../audit/audit-list.tsx'

const route = getRouteApi('/keys/$id/audit')

/** The audit events of a key. */
export function KeyAudit() {
  const { id } = route.useParams()
  return <AuditList filters={{ api_key_id: id }} />
}

import { getRouteApi } from '@tanstack/react-router'
import { AuditList } from '../../audit/audit-list.tsx'

const route = getRouteApi('/accounts/$id/audit')

/** The audit events of an account. */
export function AccountAudit() {
  const { id } = route.useParams()
  return <AuditList filters={{ account_id: id }} />
}

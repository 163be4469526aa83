import { AuditList } from '../../audit/audit-list.tsx'
import { deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { AuditFilterBar } from './audit-filter-bar.tsx'
import { auditFiltersOf } from './audit-search.ts'
import { ChainStatus } from './chain-status.tsx'
import { ExportLog } from './export-log.tsx'
import { useAuditSearch } from './use-audit-search.ts'

/** Who changed what: the account's events, or all events for operators. */
export function AuditPage() {
  const { isOperator, account } = useSession()
  useDocumentTitle('Audit', isOperator ? deploymentName : account.name)
  const form = useAuditSearch()
  return (
    <>
      <PageHeader title="Audit" actions={isOperator ? <ExportLog /> : undefined} />
      {isOperator && <ChainStatus />}
      <AuditFilterBar form={form} />
      <AuditList filters={auditFiltersOf(form.search)} />
    </>
  )
}

import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { spanOf, type UsageSpan } from '../../api/usage.ts'
import { deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { TopLists } from '../../usage/top-lists.tsx'
import { UsageBlock } from '../../usage/usage-block.tsx'
import { Buckets } from './buckets.tsx'
import { ClaimedRefusals } from './claimed-refusals.tsx'

const route = getRouteApi('/usage')
const SPANS: readonly UsageSpan[] = ['hour', 'day', 'week', 'month']

/** Requests of the account, or of the deployment for operators. */
export function UsagePage() {
  const { isOperator, account } = useSession()
  useDocumentTitle('Usage', isOperator ? deploymentName : account.name)
  const { step } = route.useSearch()
  const navigate = useNavigate({ from: '/usage' })
  return (
    <>
      <PageHeader title="Usage" />
      <div className="space-y-6">
        <UsageBlock
          of={isOperator ? { deployment: true } : { account: undefined }}
          span={spanOf(step, SPANS)}
          spans={SPANS}
          onSpan={(next: UsageSpan) => navigate({ search: { step: next }, replace: true, resetScroll: false })}
        >
          {(usage) => <TopLists usage={usage} />}
        </UsageBlock>
        {isOperator ? <ClaimedRefusals /> : <Buckets />}
      </div>
    </>
  )
}

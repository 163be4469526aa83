import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { UsageSpan } from '../../api/usage.ts'
import { TopLists } from '../../usage/top-lists.tsx'
import { UsageBlock } from '../../usage/usage-block.tsx'

const route = getRouteApi('/accounts/$id/usage')

/** Requests of an account. */
export function AccountUsage() {
  const { id } = route.useParams()
  const { step } = route.useSearch()
  const navigate = useNavigate({ from: '/accounts/$id/usage' })
  return (
    <UsageBlock
      of={{ account: id }}
      span={step === 'hour' || step === 'week' || step === 'month' ? step : 'day'}
      spans={['hour', 'day', 'week', 'month']}
      onSpan={(next: UsageSpan) => navigate({ search: { step: next }, replace: true, resetScroll: false })}
    >
      {(usage) => <TopLists usage={usage} />}
    </UsageBlock>
  )
}

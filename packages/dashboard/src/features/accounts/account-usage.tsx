import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { spanOf, type UsageSpan } from '../../api/usage.ts'
import { TopLists } from '../../usage/top-lists.tsx'
import { UsageBlock } from '../../usage/usage-block.tsx'

const route = getRouteApi('/accounts/$id/usage')
const SPANS: readonly UsageSpan[] = ['hour', 'day', 'week', 'month']

/** Requests of an account. */
export function AccountUsage() {
  const { id } = route.useParams()
  const { step } = route.useSearch()
  const navigate = useNavigate({ from: '/accounts/$id/usage' })
  return (
    <UsageBlock
      of={{ account: id }}
      span={spanOf(step, SPANS)}
      spans={SPANS}
      onSpan={(next: UsageSpan) => navigate({ search: { step: next }, replace: true, resetScroll: false })}
    >
      {(usage) => <TopLists usage={usage} />}
    </UsageBlock>
  )
}

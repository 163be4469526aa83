import * as calls from '@countersign/api/calls'
import { useQuery } from '@tanstack/react-query'
import { useSession } from '../../session/session.tsx'
import { Notice } from '../../ui/notice.tsx'
import { count } from '../../ui/numbers.ts'

const LOOK_EVERY_MS = 1_000

/** How far the revocation of the keys that a revoked key made is, while it runs. */
export function CascadeProgress({ id }: { readonly id: string }) {
  const { call, isOperator } = useSession()
  const cascade = useQuery({
    queryKey: ['keys', 'cascade', id],
    queryFn: () => call(isOperator ? calls.getAnyCascade : calls.getCascade, { params: { api_key: id } }),
    // Most revoked keys have none.
    retry: false,
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? LOOK_EVERY_MS : false),
  }).data
  if (cascade?.state !== 'running') return null
  return (
    <Notice tone="info" title="The keys that this key made are being revoked">
      {count(cascade.passed)}
      {cascade.total !== undefined && ` of ${count(cascade.total)}`} keys. This goes on if you leave the page.
    </Notice>
  )
}

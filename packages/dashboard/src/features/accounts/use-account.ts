import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { accountDetails } from '../../api/queries.ts'
import { useSession } from '../../session/session.tsx'

const route = getRouteApi('/accounts/$id')

/** The account of this page. */
export function useAccount() {
  const { call } = useSession()
  const { id } = route.useParams()
  return useQuery({ ...accountDetails(call, id), refetchInterval: 30_000 })
}

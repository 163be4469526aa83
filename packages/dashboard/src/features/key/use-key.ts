import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { keyDetails } from '../../api/queries.ts'
import { useSession } from '../../session/session.tsx'

const route = getRouteApi('/keys/$id')

/** The key of this page. `KeyPage` has loaded it before its parts show. */
export function useKey() {
  const { call, isOperator } = useSession()
  const { id } = route.useParams()
  return useQuery({ ...keyDetails(call, isOperator, id), refetchInterval: 15_000 })
}

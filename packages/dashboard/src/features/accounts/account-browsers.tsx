import { getRouteApi } from '@tanstack/react-router'
import { SessionTable } from '../../session/session-table.tsx'

const route = getRouteApi('/accounts/$id/browsers')

/** The signed-in browsers of an account. */
export function AccountBrowsers() {
  const { id } = route.useParams()
  return <SessionTable accountId={id} />
}

import { Outlet } from '@tanstack/react-router'
import { useSession } from '../../session/session.tsx'
import { Loaded } from '../../ui/blocks.tsx'
import { useIsOneTimeScreen } from '../../ui/one-time.ts'
import { useDocumentTitle } from '../../ui/page-header.tsx'
import { type Tab, TabLinks } from '../../ui/tabs.tsx'
import { CascadeProgress } from './cascade-progress.tsx'
import { KeyHeader } from './key-header.tsx'
import { useKey } from './use-key.ts'

/** One key: who it is, and its parts. */
export function KeyPage() {
  const query = useKey()
  const { account } = useSession()
  const isAlone = useIsOneTimeScreen()
  useDocumentTitle(query.data?.name ?? 'Key', query.data?.account_name ?? account.name)
  return (
    <Loaded query={query} what="The key" skeleton={<HeaderSpace />}>
      {(key) => (
        <>
          {!isAlone && <KeyHeader row={key} />}
          {!isAlone && key.state === 'revoked' && <CascadeProgress id={key.api_key_id} />}
          {!isAlone && <TabLinks label="Parts of the key" tabs={tabsOf({ id: key.api_key_id })} />}
          <Outlet />
        </>
      )}
    </Loaded>
  )
}

function tabsOf(params: { readonly id: string }): Tab[] {
  return [
    { label: 'Overview', link: { to: '/keys/$id', params }, isExact: true },
    { label: 'Rotation', link: { to: '/keys/$id/rotation', params } },
    { label: 'Settings', link: { to: '/keys/$id/settings', params } },
    { label: 'Audit', link: { to: '/keys/$id/audit', params } },
  ]
}

function HeaderSpace() {
  return (
    <div className="space-y-4">
      <div className="flex gap-5">
        <span className="skeleton size-16 rounded-full" />
        <div className="grow space-y-2">
          <span className="skeleton block h-8 w-64" />
          <span className="skeleton block h-4 w-48" />
        </div>
      </div>
      <div className="skeleton h-32 w-full" />
      <div className="skeleton h-72 w-full" />
    </div>
  )
}

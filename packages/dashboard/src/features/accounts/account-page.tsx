import type { CreateLinkResponse } from '@countersign/api'
import { Outlet } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Loaded, NotFound } from '../../ui/blocks.tsx'
import { useIsOneTimeScreen } from '../../ui/one-time.ts'
import { useDocumentTitle } from '../../ui/page-header.tsx'
import { type Tab, TabLinks } from '../../ui/tabs.tsx'
import { AccountHeader } from './account-header.tsx'
import { LinkScreen } from './link-screen.tsx'
import { MakeLink } from './make-link.tsx'
import { useAccount } from './use-account.ts'

/** One account: who it is, and its parts. */
export function AccountPage() {
  const { isOperator } = useSession()
  return isOperator ? <AccountParts /> : <NotFound />
}

function AccountParts() {
  const query = useAccount()
  const isAlone = useIsOneTimeScreen()
  const [isAsking, setAsking] = useState(false)
  const [link, setLink] = useState<Pick<CreateLinkResponse, 'link_id' | 'expires_at'>>()
  const url = useRef<string>(undefined)
  useDocumentTitle(query.data?.name ?? 'Account', deploymentName)
  const showLink = ({ url: made, ...rest }: CreateLinkResponse) => {
    url.current = made
    setAsking(false)
    setLink(rest)
  }
  return (
    <Loaded query={query} what="The account" skeleton={<div className="skeleton h-96" />}>
      {(account) =>
        link ? (
          <LinkScreen
            accountName={account.name}
            url={url}
            expiresAt={link.expires_at}
            onDone={() => setLink(undefined)}
          />
        ) : (
          <>
            {!isAlone && <AccountHeader account={account} onMakeLink={() => setAsking(true)} />}
            <TabLinks label="Parts of the account" tabs={tabsOf({ id: account.account_id })} />
            <Outlet />
            <MakeLink isOpen={isAsking} account={account} onClose={() => setAsking(false)} onMade={showLink} />
          </>
        )
      }
    </Loaded>
  )
}

function tabsOf(params: { readonly id: string }): Tab[] {
  return [
    { label: 'Keys', link: { to: '/accounts/$id', params }, isExact: true },
    { label: 'Usage', link: { to: '/accounts/$id/usage', params } },
    { label: 'Browsers', link: { to: '/accounts/$id/browsers', params } },
    { label: 'Audit', link: { to: '/accounts/$id/audit', params } },
    { label: 'Settings', link: { to: '/accounts/$id/settings', params } },
  ]
}

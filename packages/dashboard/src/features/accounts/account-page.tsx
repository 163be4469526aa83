import type { CreateLinkResponse } from '@countersign/api'
import { Link, Outlet } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Loaded, NotFound } from '../../ui/blocks.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy-field.tsx'
import { count } from '../../ui/numbers.ts'
import { useIsOneTimeScreen } from '../../ui/one-time.ts'
import { useDocumentTitle } from '../../ui/page-header.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TabLinks } from '../../ui/tabs.tsx'
import { Time } from '../../ui/time.tsx'
import { LinkScreen } from './link-screen.tsx'
import { MakeLink } from './make-link.tsx'
import { useAccount } from './use-account.ts'

/** One account: who it is, and its parts. */
export function AccountPage() {
  const { isOperator } = useSession()
  return isOperator ? <Account /> : <NotFound />
}

function Account() {
  const query = useAccount()
  const { may } = useSession()
  const isAlone = useIsOneTimeScreen()
  const [isAsking, setAsking] = useState(false)
  const [link, setLink] = useState<Pick<CreateLinkResponse, 'link_id' | 'expires_at'>>()
  const url = useRef<string>(undefined)
  useDocumentTitle(query.data?.name ?? 'Account', deploymentName)
  return (
    <Loaded query={query} what="The account" skeleton={<div className="skeleton h-96" />}>
      {(account) => {
        if (link) {
          return (
            <LinkScreen
              accountName={account.name}
              url={url}
              expiresAt={link.expires_at}
              onDone={() => setLink(undefined)}
            />
          )
        }
        const params = { id: account.account_id }
        const linkProblem = !may('write')
          ? 'This session may only read.'
          : account.operator
            ? 'Links for operators are made on the server.'
            : account.state === 'suspended'
              ? 'A suspended account cannot sign in.'
              : undefined
        return (
          <>
            {!isAlone && (
              <header className="mb-6">
                <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
                  <h1 id="page-title" tabIndex={-1} className="min-w-0 text-display break-words">
                    <bdi dir="auto">{account.name}</bdi>
                  </h1>
                  <div className="flex flex-wrap gap-3 max-sm:order-first max-sm:w-full">
                    {may('write') && !account.operator && (
                      <Link to="/keys/new" search={{ account_id: account.account_id }} className={buttonClass('quiet')}>
                        New key
                      </Link>
                    )}
                    <Button kind="filled" onClick={() => setAsking(true)} disabledBecause={linkProblem}>
                      Make sign-in link
                    </Button>
                  </div>
                </div>
                <p className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-muted">
                  <StateBadge state={account.state} />
                  <span>
                    external id{' '}
                    <span className="font-mono text-mono break-all text-text">{account.external_id ?? 'none'}</span>
                  </span>
                  <span>tier {account.usage_tier}</span>
                  <span>
                    Keys {count(account.api_keys)} · last request{' '}
                    {account.last_used_at === undefined ? (
                      'never'
                    ) : (
                      <Time at={account.last_used_at} note="At most a minute late." />
                    )}
                  </span>
                </p>
                <p className="mt-1 text-muted">
                  <CopyField value={account.account_id} label="account id" />
                </p>
              </header>
            )}
            <TabLinks
              label="Parts of the account"
              tabs={[
                { label: 'Keys', link: { to: '/accounts/$id', params }, isExact: true },
                { label: 'Usage', link: { to: '/accounts/$id/usage', params } },
                { label: 'Browsers', link: { to: '/accounts/$id/browsers', params } },
                { label: 'Audit', link: { to: '/accounts/$id/audit', params } },
                { label: 'Settings', link: { to: '/accounts/$id/settings', params } },
              ]}
            />
            <Outlet />
            <MakeLink
              isOpen={isAsking}
              account={account}
              onClose={() => setAsking(false)}
              onMade={({ url: made, ...rest }) => {
                url.current = made
                setAsking(false)
                setLink(rest)
              }}
            />
          </>
        )
      }}
    </Loaded>
  )
}

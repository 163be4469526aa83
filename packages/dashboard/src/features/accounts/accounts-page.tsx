import type { AccountPage } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Call } from '../../api/connection.ts'
import type { AccountFilters } from '../../api/queries.ts'
import { withoutEmpty } from '../../api/without-empty.ts'
import { deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Empty, LoadError, NotFound } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { filtersOn, NoMatch } from '../../ui/no-match.tsx'
import { count } from '../../ui/numbers.ts'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { AccountFilterBar } from './account-filter-bar.tsx'
import { AccountTable } from './account-table.tsx'
import { NewAccount } from './new-account.tsx'

const route = getRouteApi('/accounts')

function accountPages(call: Call, filters: AccountFilters) {
  return infiniteQueryOptions({
    queryKey: ['accounts', 'list', filters],
    queryFn: ({ pageParam }) => call(calls.listAccounts, { query: withoutEmpty({ ...filters, cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: (last: AccountPage) => last.next_cursor,
  })
}

/** All accounts, for operators. */
export function AccountsPage() {
  const { isOperator } = useSession()
  return isOperator ? <Accounts /> : <NotFound />
}

function Accounts() {
  useDocumentTitle('Accounts', deploymentName)
  const { call, writeProblem } = useSession()
  const filters: AccountFilters = route.useSearch()
  const navigate = useNavigate({ from: '/accounts' })
  const filterBy = (search: AccountFilters) => navigate({ search, replace: true })
  const query = useInfiniteQuery(accountPages(call, filters))
  const [isMaking, setMaking] = useState(false)
  const accounts = query.data?.pages.flatMap((page) => page.accounts)
  const { total, total_is_capped: isCapped = false } = query.data?.pages[0] ?? {}
  return (
    <>
      <PageHeader
        title="Accounts"
        detail={total === undefined ? undefined : `${count(total)}${isCapped ? '+' : ''}`}
        actions={
          <Button kind="filled" onClick={() => setMaking(true)} disabledBecause={writeProblem}>
            New account
          </Button>
        }
      />
      <AccountFilterBar filters={filters} onChange={filterBy} />
      {query.error && !accounts ? (
        <LoadError error={query.error} what="Accounts" onRetry={() => query.refetch()} />
      ) : accounts?.length !== 0 ? (
        <div className="overflow-hidden rounded-panel border border-line bg-surface">
          <AccountTable accounts={accounts} />
          <LoadMore query={query}>Load more</LoadMore>
        </div>
      ) : filtersOn(filters) > 0 ? (
        <NoMatch title="No account matches." filters={filters} onClear={() => filterBy({})} />
      ) : (
        <Empty title="No accounts yet" action={<Button onClick={() => setMaking(true)}>New account</Button>}>
          An account is one of your customers.
        </Empty>
      )}
      <NewAccount isOpen={isMaking} onClose={() => setMaking(false)} />
    </>
  )
}

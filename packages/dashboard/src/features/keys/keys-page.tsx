import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { type KeyFilters, keyPages } from '../../api/queries.ts'
import { deployment, deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Empty, LoadError } from '../../ui/blocks.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { filtersOn, NoMatch } from '../../ui/no-match.tsx'
import { count } from '../../ui/numbers.ts'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { KeyFilterBar } from './key-filter-bar.tsx'
import { KeyList } from './key-list.tsx'

const route = getRouteApi('/keys')

/** All keys of the account, or of all accounts for operators. */
export function KeysPage() {
  const { call, isOperator, account, writeProblem } = useSession()
  useDocumentTitle('Keys', isOperator ? deploymentName : account.name)
  const filters: KeyFilters = route.useSearch()
  const navigate = useNavigate({ from: '/keys' })
  const filterBy = (search: KeyFilters) => navigate({ search, replace: true })
  const keys = useInfiniteQuery(keyPages(call, isOperator, filters))
  const rows = useMemo(() => keys.data?.pages.flatMap((page) => page.api_keys) ?? [], [keys.data])
  const { total, total_is_capped: isCapped = false } = keys.data?.pages[0] ?? {}
  const because = fullProblem(total, filters) ?? writeProblem

  // Loads every page without waiting: rows are there before a person scrolls to them.
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isError } = keys
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, isError])

  return (
    <>
      <PageHeader
        title="Keys"
        detail={total === undefined ? undefined : `${count(total)}${isCapped ? '+' : ''}`}
        actions={!isOperator && (because ? <Button disabledBecause={because}>New key</Button> : <NewKeyLink />)}
      />
      <KeyFilterBar filters={filters} isOperator={isOperator} onChange={filterBy} />
      {keys.error && !keys.data ? (
        <LoadError error={keys.error} what="Keys" onRetry={() => keys.refetch()} />
      ) : total !== 0 ? (
        <KeyList
          rows={rows}
          total={Math.max(total ?? 8, rows.length)}
          isOperator={isOperator}
          isBusy={keys.isPending}
        />
      ) : filtersOn(filters) > 0 ? (
        <NoMatch title="No key matches." filters={filters} onClear={() => filterBy({})} />
      ) : (
        <Empty title="No keys yet" action={!isOperator && !writeProblem && <NewKeyLink text="Make the first key" />}>
          A key lets a program sign its requests. The private key stays with you; only the public key is kept here.
        </Empty>
      )}
    </>
  )
}

/** Why the account can have no more keys; not known while the list has filters. */
function fullProblem(total: number | undefined, filters: KeyFilters): string | undefined {
  const { maxKeysPerAccount: most } = deployment
  if (total === undefined || total < most || filtersOn(filters) > 0) return undefined
  return `This account has ${total} of ${most} keys. Delete one to make another.`
}

function NewKeyLink({ text = 'New key' }: { readonly text?: string }) {
  return (
    <Link to="/keys/new" className={buttonClass('filled')}>
      {text}
    </Link>
  )
}

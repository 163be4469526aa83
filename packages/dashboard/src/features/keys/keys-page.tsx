import type { ApiKeyDetails } from '@countersign/api'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { type KeyFilters, keyPages } from '../../api/queries.ts'
import { deployment, deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Empty, LoadError } from '../../ui/blocks.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { count, counted } from '../../ui/numbers.ts'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { useIsPhone } from '../../ui/use-is-phone.ts'
import { KeyFilterBar } from './key-filter-bar.tsx'
import { KeyCard, KeyRow, KeyRowHeader, KeyRowSpace } from './key-row.tsx'

const route = getRouteApi('/keys')
const ROW_PX = 48
const CARD_PX = 88

/** All keys of the account, or of all accounts for operators. */
export function KeysPage() {
  const { call, isOperator, account, may } = useSession()
  useDocumentTitle('Keys', isOperator ? deploymentName : account.name)
  const filters: KeyFilters = route.useSearch()
  const navigate = useNavigate({ from: '/keys' })
  const keys = useInfiniteQuery(keyPages(call, isOperator, filters))
  const rows = useMemo(() => keys.data?.pages.flatMap((page) => page.api_keys) ?? [], [keys.data])
  const total = keys.data?.pages[0]?.total
  const filterCount = Object.values(filters).filter(Boolean).length
  const isFull = !isOperator && filterCount === 0 && total !== undefined && total >= deployment.maxKeysPerAccount

  // Further pages come by themselves: rows are there before anybody scrolls to them.
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isError } = keys
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, isError])

  const newKey = (
    <NewKeyLink
      because={
        isOperator
          ? undefined
          : isFull
            ? `This account has ${total} of ${deployment.maxKeysPerAccount} keys. Delete one to make another.`
            : may('write')
              ? undefined
              : 'This session may only read.'
      }
    />
  )
  return (
    <>
      <PageHeader
        title="Keys"
        detail={total === undefined ? undefined : count(total)}
        actions={isOperator ? undefined : newKey}
      />
      <KeyFilterBar
        filters={filters}
        isOperator={isOperator}
        onChange={(next) => navigate({ search: next, replace: true })}
      />
      {keys.error && !keys.data ? (
        <LoadError error={keys.error} what="Keys" onRetry={() => keys.refetch()} />
      ) : total === 0 ? (
        filterCount > 0 ? (
          <Empty
            title="No key matches."
            action={<Button onClick={() => navigate({ search: {}, replace: true })}>Clear filters</Button>}
          >
            {counted(filterCount, 'filter')} {filterCount === 1 ? 'is' : 'are'} on.
          </Empty>
        ) : (
          <Empty
            title="No keys yet"
            action={
              !isOperator && may('write') ? (
                <Link to="/keys/new" className={buttonClass('filled')}>
                  Make the first key
                </Link>
              ) : undefined
            }
          >
            A key lets a program sign its requests. The private key stays with you; only the public key is kept here.
          </Empty>
        )
      ) : (
        <KeyList rows={rows} total={total ?? 8} isOperator={isOperator} isBusy={keys.isPending} />
      )}
    </>
  )
}

function NewKeyLink({ because }: { readonly because: string | undefined }) {
  if (because !== undefined) return <Button disabledBecause={because}>New key</Button>
  return (
    <Link to="/keys/new" className={buttonClass('filled')}>
      New key
    </Link>
  )
}

interface KeyListProps {
  /** Those that were loaded so far, from the first on. */
  readonly rows: readonly ApiKeyDetails[]
  readonly total: number
  readonly isOperator: boolean
  readonly isBusy: boolean
}

function KeyList({ rows, total, isOperator, isBusy }: KeyListProps) {
  const isPhone = useIsPhone()
  const list = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), [])
  const virtual = useWindowVirtualizer({
    count: total,
    estimateSize: () => (isPhone ? CARD_PX : ROW_PX),
    overscan: 10,
    scrollMargin: top,
    getItemKey: (i) => rows[i]?.api_key_id ?? i,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured anew
  useLayoutEffect(() => virtual.measure(), [isPhone, virtual])

  return (
    <div
      role="table"
      aria-label="Keys"
      aria-rowcount={total + 1}
      aria-busy={isBusy}
      className="rounded-panel border border-line bg-surface"
    >
      <KeyRowHeader isOperator={isOperator} isHidden={isPhone} />
      <div ref={list} role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start, size, key }) => {
          const row = rows[index]
          const place = {
            index,
            isOperator,
            style: { transform: `translateY(${start - top}px)`, height: size },
          }
          if (!row) return <KeyRowSpace key={key} {...place} isPhone={isPhone} />
          return isPhone ? <KeyCard key={key} row={row} {...place} /> : <KeyRow key={key} row={row} {...place} />
        })}
      </div>
    </div>
  )
}

import type { Account, AccountPage } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { Call } from '../../api/connection.ts'
import type { AccountFilters } from '../../api/queries.ts'
import { withoutEmpty } from '../../api/without-empty.ts'
import { deployment, deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Empty, LoadError, NotFound } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Name } from '../../ui/name.tsx'
import { count, counted } from '../../ui/numbers.ts'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { Time } from '../../ui/time.tsx'
import { NewAccount } from './new-account.tsx'

const route = getRouteApi('/accounts')
const TYPING_MS = 200

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
  const { call, may } = useSession()
  const filters: AccountFilters = route.useSearch()
  const navigate = useNavigate({ from: '/accounts' })
  const query = useInfiniteQuery(accountPages(call, filters))
  const [isMaking, setMaking] = useState(false)
  const accounts = query.data?.pages.flatMap((page) => page.accounts)
  const total = query.data?.pages[0]?.total
  const filterCount = Object.values(filters).filter(Boolean).length
  const cannot = may('write') ? undefined : 'This session may only read.'
  return (
    <>
      <PageHeader
        title="Accounts"
        detail={total === undefined ? undefined : count(total)}
        actions={
          <Button kind="filled" onClick={() => setMaking(true)} disabledBecause={cannot}>
            New account
          </Button>
        }
      />
      <Filters filters={filters} onChange={(next) => navigate({ search: next, replace: true })} />
      {query.error && !accounts ? (
        <LoadError error={query.error} what="Accounts" onRetry={() => query.refetch()} />
      ) : accounts?.length === 0 ? (
        filterCount > 0 ? (
          <Empty
            title="No account matches."
            action={<Button onClick={() => navigate({ search: {}, replace: true })}>Clear filters</Button>}
          >
            {counted(filterCount, 'filter')} {filterCount === 1 ? 'is' : 'are'} on.
          </Empty>
        ) : (
          <Empty title="No accounts yet" action={<Button onClick={() => setMaking(true)}>New account</Button>}>
            An account is one of your customers.
          </Empty>
        )
      ) : (
        <div className="overflow-hidden rounded-panel border border-line bg-surface">
          <table className="w-full text-left max-md:block" aria-busy={accounts === undefined}>
            <thead className="border-b border-line text-small text-muted max-md:sr-only">
              <tr>
                {['Account', 'External id', 'Tier', 'State', 'Keys', 'Last request'].map((name) => (
                  <th key={name} scope="col" className={`h-10 px-4 font-medium ${name === 'Keys' ? 'text-right' : ''}`}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="divide-y divide-line max-md:block">
              {accounts
                ? accounts.map((account) => <AccountRow key={account.account_id} row={account} />)
                : [0, 1, 2, 3, 4].map((i) => (
                    <tr key={i} className="h-12 max-md:block">
                      <td colSpan={6} className="px-4">
                        <span className="skeleton block h-3" />
                      </td>
                    </tr>
                  ))}
            </tbody>
          </table>
          {query.hasNextPage && (
            <div className="border-t border-line p-3 text-center">
              <Button onClick={() => query.fetchNextPage()} disabled={query.isFetchingNextPage}>
                Load more
              </Button>
            </div>
          )}
        </div>
      )}
      <NewAccount isOpen={isMaking} onClose={() => setMaking(false)} />
    </>
  )
}

function AccountRow({ row }: { readonly row: Account }) {
  const navigate = useNavigate()
  const open = () => navigate({ to: '/accounts/$id', params: { id: row.account_id } })
  return (
    <tr
      className="h-12 cursor-pointer hover:bg-hover max-md:flex max-md:h-auto max-md:flex-wrap max-md:items-baseline max-md:gap-x-3 max-md:px-4 max-md:py-3"
      onClick={(event) => (event.target as Element).closest('a') ?? open()}
    >
      <td className="max-w-0 min-w-48 px-4 max-md:max-w-full max-md:basis-full max-md:px-0">
        <span className="flex items-center gap-2">
          <Link
            to="/accounts/$id"
            params={{ id: row.account_id }}
            data-row-link={row.account_id}
            className="min-w-0 rounded-chip font-medium text-text hover:text-ink"
          >
            <Name>{row.name}</Name>
          </Link>
          {row.operator && (
            <span className="shrink-0 rounded-chip bg-ink-soft px-1.5 text-small text-ink">Operators</span>
          )}
        </span>
      </td>
      <td className="max-w-40 truncate px-4 font-mono text-mono text-muted max-md:px-0" title={row.external_id}>
        {row.external_id ?? 'none'}
      </td>
      <td className="px-4 max-md:px-0">{row.usage_tier}</td>
      <td className="px-4 max-md:px-0">
        <StateBadge state={row.state} />
      </td>
      <td className="px-4 text-right max-md:px-0">
        {count(row.api_keys)}
        <span className="md:sr-only"> {row.api_keys === 1 ? 'key' : 'keys'}</span>
      </td>
      <td className="px-4 whitespace-nowrap text-muted max-md:px-0">
        {row.last_used_at === undefined ? 'never' : <Time at={row.last_used_at} plain note="At most a minute late." />}
      </td>
    </tr>
  )
}

function Filters({
  filters,
  onChange,
}: {
  readonly filters: AccountFilters
  readonly onChange: (filters: AccountFilters) => void
}) {
  const [text, setText] = useState(filters.q ?? '')
  const { q = '' } = filters
  useEffect(() => setText(q), [q])
  useEffect(() => {
    if (text === q) return undefined
    const timer = setTimeout(() => onChange({ ...filters, q: text }), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, q, filters, onChange])
  return (
    <search className="mb-4 flex flex-wrap gap-3">
      <div className="min-w-0 flex-1 basis-64">
        <TextField
          label="Search accounts"
          isLabelHidden
          type="search"
          data-search=""
          placeholder="Name or external id"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <div>
        <SelectField
          label="Tier"
          isLabelHidden
          value={filters.usage_tier ?? ''}
          onChange={(event) => onChange({ ...filters, usage_tier: event.target.value })}
        >
          <option value="">Tier: all</option>
          {deployment.tiers.map((tier) => (
            <option key={tier}>{tier}</option>
          ))}
        </SelectField>
      </div>
      <div>
        <SelectField
          label="State"
          isLabelHidden
          value={filters.state ?? ''}
          onChange={(event) => onChange({ ...filters, state: event.target.value })}
        >
          <option value="">State: all</option>
          <option value="active">active</option>
          <option value="suspended">suspended</option>
        </SelectField>
      </div>
    </search>
  )
}

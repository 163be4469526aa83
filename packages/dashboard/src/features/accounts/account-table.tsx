import type { Account } from '@countersign/api'
import { Link, useNavigate } from '@tanstack/react-router'
import { LastUsed } from '../../ui/last-used.tsx'
import { Name } from '../../ui/name.tsx'
import { count } from '../../ui/numbers.ts'
import { StateBadge } from '../../ui/state-badge.tsx'

/** Accounts, one a row; a skeleton until they are loaded. On a phone each is a card. */
export function AccountTable({ accounts }: { readonly accounts: readonly Account[] | undefined }) {
  return (
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
        <LastUsed at={row.last_used_at} plain />
      </td>
    </tr>
  )
}

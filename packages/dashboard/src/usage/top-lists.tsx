import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Usage } from '../api/usage.ts'
import { shortId } from '../ui/ids.ts'
import { Name } from '../ui/name.tsx'
import { count } from '../ui/numbers.ts'

/** The busiest keys and accounts, and the most frequent answers. */
export function TopLists({ usage }: { readonly usage: Usage }) {
  const { top_keys: keys = [], top_accounts: accounts = [], top_codes: codes = [] } = usage
  if (keys.length + accounts.length + codes.length === 0) return null
  return (
    <div className="mt-6 grid gap-6 border-t border-line pt-6 md:grid-cols-2 xl:grid-cols-3">
      {keys.length > 0 && (
        <TopList title="Busiest keys">
          {keys.map((key) => (
            <Row key={key.api_key_id} counts={key}>
              {key.name === undefined ? (
                <span className="text-muted">
                  deleted <span className="font-mono text-mono">{shortId(key.api_key_id)}</span>
                </span>
              ) : key.is_browser ? (
                <span className="flex min-w-0 items-baseline gap-2">
                  <Name>{key.name}</Name>
                  <span className="text-small text-muted">browser</span>
                </span>
              ) : (
                <Link
                  to="/keys/$id"
                  params={{ id: key.api_key_id }}
                  className="flex min-w-0 items-baseline gap-2 rounded-chip hover:text-ink"
                >
                  <Name>{key.name}</Name>
                  <span className="font-mono text-small text-muted">{shortId(key.api_key_id)}</span>
                </Link>
              )}
            </Row>
          ))}
        </TopList>
      )}
      {accounts.length > 0 && (
        <TopList title="Busiest accounts">
          {accounts.map((account) => (
            <Row key={account.account_id} counts={account}>
              <Link
                to="/accounts/$id"
                params={{ id: account.account_id }}
                className="min-w-0 rounded-chip hover:text-ink"
              >
                <Name>{account.name ?? account.account_id}</Name>
              </Link>
            </Row>
          ))}
        </TopList>
      )}
      {codes.length > 0 && (
        <TopList title="Most frequent answers">
          {codes.map((code) => (
            <Row key={code.code} counts={code}>
              <span className="truncate font-mono text-mono">{code.code}</span>
            </Row>
          ))}
        </TopList>
      )}
    </div>
  )
}

function TopList({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <h3 className="mb-1 font-medium">{title}</h3>
      <ul className="divide-y divide-line">{children}</ul>
    </div>
  )
}

interface Counts {
  readonly allowed: number
  readonly refused: number
  readonly limited: number
  readonly fault: number
}

function Row({ counts, children }: { readonly counts: Counts; readonly children: ReactNode }) {
  const not = counts.refused + counts.limited + counts.fault
  return (
    <li className="flex min-h-9 items-center justify-between gap-4">
      {children}
      <span className="shrink-0 text-right whitespace-nowrap">
        {count(counts.allowed)} allowed{not > 0 && <span className="text-muted"> · {count(not)} not</span>}
      </span>
    </li>
  )
}

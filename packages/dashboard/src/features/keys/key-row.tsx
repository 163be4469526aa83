import type { ApiKeyDetails } from '@countersign/api'
import { Link, useNavigate } from '@tanstack/react-router'
import { type CSSProperties, type MouseEvent, memo } from 'react'
import { badgeOf, keyTypeWords } from '../../keys/key-words.ts'
import { shortId } from '../../ui/ids.ts'
import { KeyMark } from '../../ui/key-mark.tsx'
import { LastUsed } from '../../ui/last-used.tsx'
import { Name } from '../../ui/name.tsx'
import { Sparkline, SparklineSpace } from '../../ui/sparkline.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { StateIcon } from '../../ui/state-icon.tsx'
import { Time } from '../../ui/time.tsx'
import { useNow } from '../../ui/use-now.ts'

interface Place {
  readonly index: number
  readonly isOperator: boolean
  readonly style: CSSProperties
}

const SOON_MS = 14 * 86_400_000

const COLUMNS = 'grid items-center gap-x-4 px-4'
const HOLDER = 'grid-cols-[minmax(12rem,1fr)_6rem_5rem_minmax(6rem,10rem)_6rem_96px_6.5rem]'
const OPERATOR = 'grid-cols-[7rem_minmax(11rem,1fr)_6rem_5rem_minmax(5rem,8rem)_5.5rem_96px_6rem]'
const HOLDER_NAMES = ['Key', 'State', 'Type', 'Scopes', 'Last used', '24 h', 'Expires']
const ROW = 'absolute inset-x-0 top-0 border-line not-first:border-t'

/** The names of the columns. */
export function KeyRowHeader({ isOperator, isHidden }: { readonly isOperator: boolean; readonly isHidden: boolean }) {
  const names = isOperator ? ['Account', ...HOLDER_NAMES] : HOLDER_NAMES
  return (
    <div role="rowgroup" className={isHidden ? 'sr-only' : 'border-b border-line'}>
      <div
        role="row"
        aria-rowindex={1}
        className={`${COLUMNS} ${isOperator ? OPERATOR : HOLDER} h-10 text-small font-medium text-muted`}
      >
        {names.map((name) => (
          <span key={name} role="columnheader">
            {name}
          </span>
        ))}
      </div>
    </div>
  )
}

/** One key in one line. */
export const KeyRow = memo(function KeyRow({ row, index, isOperator, style }: Place & { readonly row: ApiKeyDetails }) {
  const open = useOpenRow(row.api_key_id)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in it does the same
    <div
      role="row"
      aria-rowindex={index + 2}
      onClick={open}
      className={`${ROW} ${COLUMNS} ${isOperator ? OPERATOR : HOLDER} cursor-pointer hover:bg-hover`}
      style={style}
    >
      {isOperator && (
        <span role="cell" className="min-w-0">
          <Name>{row.account_name}</Name>
        </span>
      )}
      <span role="cell" className="flex min-w-0 items-center gap-3">
        <KeyMark fingerprint={row.fingerprint} size={32} />
        <span className={isOperator ? 'min-w-0' : 'flex min-w-0 items-center gap-3'}>
          <KeyLink row={row} />
          <span className="block font-mono text-small text-muted">{shortId(row.api_key_id)}</span>
        </span>
      </span>
      <span role="cell">
        <StateBadge state={badgeOf(row)} />
      </span>
      <span role="cell" className="whitespace-nowrap text-muted">
        {keyTypeWords(row)}
      </span>
      <span role="cell" className="truncate font-mono text-small" title={row.scopes.join(', ')}>
        {row.scopes.join(', ')}
      </span>
      <span role="cell" className="text-muted">
        <LastUsed at={row.last_used_at} plain />
      </span>
      <span role="cell">
        <Spark row={row} />
      </span>
      <span role="cell" className="text-muted">
        <Expires at={row.expires_at} />
      </span>
    </div>
  )
})

/** One key on a phone. */
export const KeyCard = memo(function KeyCard({
  row,
  index,
  isOperator,
  style,
}: Place & { readonly row: ApiKeyDetails }) {
  const open = useOpenRow(row.api_key_id)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in it does the same
    <div
      role="row"
      aria-rowindex={index + 2}
      onClick={open}
      className={`${ROW} flex cursor-pointer items-center gap-3 px-4 hover:bg-hover`}
      style={style}
    >
      <KeyMark fingerprint={row.fingerprint} size={32} />
      <span role="cell" className="min-w-0 grow">
        <span className="flex min-w-0 items-center gap-2">
          <KeyLink row={row} />
        </span>
        <span className="flex items-center gap-2 text-small text-muted">
          <StateBadge state={badgeOf(row)} />
          {isOperator && <Name>{row.account_name}</Name>}
        </span>
        <span className="flex items-center gap-1 text-small text-muted">
          <span className="font-mono">{shortId(row.api_key_id)}</span> · <LastUsed at={row.last_used_at} plain />
        </span>
      </span>
      <span role="cell">
        <Spark row={row} />
      </span>
    </div>
  )
})

/** A row whose key is not loaded yet. */
export function KeyRowSpace({ index, isOperator, style, isPhone }: Place & { readonly isPhone: boolean }) {
  const bar = <span className="skeleton h-3 w-full" />
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-busy="true"
      data-skeleton=""
      className={`${ROW} ${isPhone ? 'flex items-center gap-3 px-4' : `${COLUMNS} ${isOperator ? OPERATOR : HOLDER}`}`}
      style={style}
    >
      {!isPhone && isOperator && <span role="cell">{bar}</span>}
      <span role="cell" className="flex min-w-0 grow items-center gap-3">
        <span className="skeleton size-8 shrink-0 rounded-full" />
        {bar}
      </span>
      {!isPhone && (
        <>
          <span role="cell">{bar}</span>
          <span role="cell">{bar}</span>
          <span role="cell">{bar}</span>
          <span role="cell">{bar}</span>
          <span role="cell">
            <SparklineSpace />
          </span>
          <span role="cell">{bar}</span>
        </>
      )}
    </div>
  )
}

function KeyLink({ row }: { readonly row: ApiKeyDetails }) {
  return (
    <Link
      to="/keys/$id"
      params={{ id: row.api_key_id }}
      data-row-link={row.api_key_id}
      className="block min-w-0 rounded-chip font-medium text-text hover:text-ink"
      preload={false}
    >
      <Name>{row.name}</Name>
    </Link>
  )
}

function Spark({ row: { last_24_hours: hours } }: { readonly row: ApiKeyDetails }) {
  return hours ? <Sparkline allowed={hours.allowed} notAllowed={hours.not_allowed} /> : <SparklineSpace />
}

function Expires({ at }: { readonly at: number | undefined }) {
  const now = useNow()
  if (at === undefined) return 'never'
  if (at > now && at - now < SOON_MS) {
    return (
      <span className="inline-flex items-center gap-1 text-warn">
        <StateIcon shape="attention" className="text-warn-graphic" />
        <Time at={at} plain />
      </span>
    )
  }
  return <Time at={at} mode="date" plain />
}

/** The whole row opens; what was selected in it stays selected. */
function useOpenRow(id: string) {
  const navigate = useNavigate()
  return (event: MouseEvent) => {
    if (event.defaultPrevented || (event.target as Element).closest('a') || getSelection()?.toString()) return
    navigate({ to: '/keys/$id', params: { id } })
  }
}

import type { ApiKeyDetails } from '@countersign/api'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useLayoutEffect, useRef, useState } from 'react'
import { useIsPhone } from '../../ui/use-is-phone.ts'
import { KeyCard, KeyRow, KeyRowHeader, KeyRowSpace } from './key-row.tsx'

const ROW_PX = 48
const CARD_PX = 88

interface KeyListProps {
  /** The rows that are loaded, from the first on. */
  readonly rows: readonly ApiKeyDetails[]
  readonly total: number
  readonly isOperator: boolean
  readonly isBusy: boolean
}

/** The keys as a table, or as cards on a phone. Only rows in sight are in the page. */
export function KeyList({ rows, total, isOperator, isBusy }: KeyListProps) {
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
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured again
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

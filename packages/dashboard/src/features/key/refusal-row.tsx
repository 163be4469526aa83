import type { Refusal } from '@countersign/api'
import { REFUSALS } from '@countersign/protocol'
import { useState } from 'react'
import { LINK } from '../../ui/link-class.ts'
import { wordsOfCode } from '../../ui/refusal-words.ts'
import { SignedTextDiff } from '../../ui/signed-text-diff.tsx'
import { Time } from '../../ui/time.tsx'

/** One refusal: what was sent, why it was refused, and how the signed text differs. */
export function RefusalRow({ row }: { readonly row: Refusal }) {
  const [isOpen, setOpen] = useState(false)
  const { signed_text: signed, expected_text: expected, hint } = row.diagnosis ?? {}
  const words = wordsOfCode(row.code)
  const hasDiff = signed !== undefined && expected !== undefined
  return (
    <li className="py-3 first:pt-0">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <Time at={row.at} mode="clock" />
        <span className="font-mono text-mono font-medium">{wireCode(row.code)}</span>
        <span className="min-w-0 font-mono text-mono break-all text-muted">
          {row.method} {row.path}
        </span>
        <span className="font-mono text-mono text-muted">{row.ip}</span>
      </div>
      <p className="mt-1">
        {hint ?? `${words.title}. ${row.details ? `${row.details}. ` : ''}${words.fix ?? ''}`}{' '}
        {hasDiff && (
          <button type="button" aria-expanded={isOpen} className={LINK} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Hide the difference' : 'Show the difference'}
          </button>
        )}
      </p>
      {isOpen && hasDiff && (
        <div className="mt-3">
          <SignedTextDiff signed={signed} expected={expected} />
        </div>
      )}
    </li>
  )
}

/** A refusal as its sender saw it. */
function wireCode(name: string): string {
  const rows: Readonly<Record<string, { readonly code: string; readonly details?: string }>> = REFUSALS
  const row = rows[name]
  return row?.details ?? row?.code ?? name
}

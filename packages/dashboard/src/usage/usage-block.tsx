import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { SPANS, type Usage, type UsageOf, type UsageSpan, usage } from '../api/usage.ts'
import { useSession } from '../session/session.tsx'
import { Loaded, Section } from '../ui/blocks.tsx'
import { Choice } from '../ui/tabs.tsx'
import { UsageChart } from './usage-chart.tsx'
import { UsageTable } from './usage-table.tsx'
import { usageWords } from './usage-words.ts'

interface UsageBlockProps {
  readonly of: UsageOf
  readonly span: UsageSpan
  readonly onSpan: (span: UsageSpan) => void
  readonly spans: readonly UsageSpan[]
  /** Shown below the chart, from the same answer. */
  readonly children?: (usage: Usage) => ReactNode
}

const LABELS: Readonly<Record<UsageSpan, string>> = { hour: 'Hour', day: 'Day', week: 'Week', month: 'Month' }

/** Requests by outcome over an hour, a day, a week or a month. */
export function UsageBlock({ of, span, onSpan, spans, children }: UsageBlockProps) {
  const { call } = useSession()
  const [isTable, setTable] = useState(false)
  const query = useQuery(usage(call, of, span))
  return (
    <Section
      title="Usage"
      aside={
        <Choice
          label="Time span"
          value={span}
          onChange={onSpan}
          options={spans.map((value) => ({ value, label: LABELS[value] }))}
        />
      }
    >
      <Loaded query={query} what="Usage" skeleton={<div className="skeleton h-[276px]" />}>
        {(loaded) => {
          const { stepMs } = SPANS[span]
          const Shown = isTable ? UsageTable : UsageChart
          return (
            <>
              <p className="mb-3 font-medium">{usageWords(loaded.total)}</p>
              <Shown points={loaded.points} stepMs={stepMs} />
            </>
          )
        }}
      </Loaded>
      <div className="mt-2 flex flex-wrap items-center justify-between gap-3">
        <button
          type="button"
          aria-pressed={isTable}
          className="min-h-8 rounded-chip text-ink hover:text-ink-hover pointer-coarse:min-h-11"
          onClick={() => setTable(!isTable)}
        >
          {isTable ? 'Show as chart' : 'Show as table'}
        </button>
        <p className="text-small text-muted">Counted up to a second ago.</p>
      </div>
      {query.data && children?.(query.data)}
    </Section>
  )
}

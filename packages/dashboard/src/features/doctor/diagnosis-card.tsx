import type { ReactNode } from 'react'
import { StateIcon } from '../../ui/state-icon.tsx'

interface DiagnosisCardProps {
  readonly isCorrect?: boolean
  readonly title: string
  /** How sure the diagnosis is. */
  readonly aside?: string
  readonly children: ReactNode
}

/** The frame of a diagnosis. */
export function DiagnosisCard({ isCorrect = false, title, aside, children }: DiagnosisCardProps) {
  return (
    <section className="rounded-panel border border-line bg-surface p-4 sm:p-6">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-3">
        <h2 className="flex items-center gap-2 text-section">
          <StateIcon
            shape={isCorrect ? 'active' : 'attention'}
            className={isCorrect ? 'text-ok-graphic' : 'text-warn-graphic'}
          />
          {title}
        </h2>
        {aside && <span className="text-small text-muted">{aside}</span>}
      </div>
      <div className="space-y-3">{children}</div>
    </section>
  )
}

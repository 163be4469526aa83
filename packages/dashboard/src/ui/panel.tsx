import { type ReactNode, useEffect, useRef } from 'react'

interface CentredPanelProps {
  readonly title: string
  /** Beside the title: where this is. */
  readonly aside?: string
  readonly children: ReactNode
  /** At the foot of the panel, and of the screen on a phone. */
  readonly actions?: ReactNode
}

/** A page that asks one thing: no rail, no header. Focus lands on its heading. */
export function CentredPanel({ title, aside, children, actions }: CentredPanelProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another title is another question
  useEffect(() => heading.current?.focus(), [title])
  return (
    <main className="flex min-h-dvh flex-col items-center bg-bg sm:justify-center sm:p-6">
      <section className="flex w-full grow flex-col border-line bg-surface sm:max-w-[440px] sm:grow-0 sm:rounded-panel sm:border">
        <div className="grow p-4 pt-8 sm:p-6">
          {aside && <p className="mb-1 text-small break-words text-muted">{aside}</p>}
          <h1 ref={heading} tabIndex={-1} className="mb-4 text-title break-words">
            {title}
          </h1>
          {children}
        </div>
        {actions && (
          <div className="sticky bottom-0 flex flex-wrap items-center justify-between gap-3 border-t border-line bg-surface p-4 sm:rounded-b-panel sm:px-6">
            {actions}
          </div>
        )}
      </section>
    </main>
  )
}

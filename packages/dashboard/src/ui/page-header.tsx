import { type ReactNode, useEffect } from 'react'
import { deploymentName } from '../deployment.ts'

interface PageHeaderProps {
  readonly title: ReactNode
  /** Beside the title: a number of things. */
  readonly detail?: ReactNode
  readonly actions?: ReactNode
}

/** The heading of a page. */
export function PageHeader({ title, detail, actions }: PageHeaderProps) {
  return (
    <div className="mb-6 flex min-h-9 flex-wrap items-center justify-between gap-x-4 gap-y-3">
      <h1 id="page-title" tabIndex={-1} className="flex min-w-0 items-baseline gap-3 text-display">
        {title}
        {detail !== undefined && <span className="text-title font-normal text-muted">{detail}</span>}
      </h1>
      {actions}
    </div>
  )
}

/** Names the page in the tab: "{page} · {account or deployment} · Countersign". */
export function useDocumentTitle(page: string | undefined, of: string = deploymentName): void {
  useEffect(() => {
    document.title = [page, of, 'Countersign'].filter(Boolean).join(' · ')
  }, [page, of])
}

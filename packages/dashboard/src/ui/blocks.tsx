import { ApiError } from '@countersign/client'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { CopyField } from './copy-field.tsx'
import { refusalWords } from './refusal-words.ts'

/** The text for an address that does not exist, or that belongs to another account. */
export const NOT_FOUND = 'No such page or key. It may have been deleted, or belong to another account.'

interface LoadedProps<Data> {
  readonly query: Pick<UseQueryResult<Data>, 'data' | 'error' | 'refetch'>
  /** What it is, as in "{Keys} could not be loaded". */
  readonly what: string
  /** Shown while it loads, of the same size as the content. */
  readonly skeleton: ReactNode
  readonly children: (data: Data) => ReactNode
}

/** A block by its state: its data, its skeleton, or why it could not be loaded. Old data stays during a refetch. */
export function Loaded<Data>({ query, what, skeleton, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <LoadError error={query.error} what={what} onRetry={() => query.refetch()} />
  return (
    <div aria-busy="true">
      <span className="sr-only">Loading</span>
      {skeleton}
    </div>
  )
}

interface LoadErrorProps {
  readonly error: Error
  readonly what: string
  readonly onRetry: () => void
}

/** Why a block could not be loaded, and what to do about it. */
export function LoadError({ error, what, onRetry }: LoadErrorProps) {
  const refused = error instanceof ApiError ? error : undefined
  if (refused?.status === 404) return <NotFound />
  const { title, fix } = refusalWords(error)
  return (
    <section role="alert" className="rounded-panel border border-line bg-surface p-6">
      <h2 className="text-section">{what} could not be loaded</h2>
      <p className="mt-1 text-muted">
        {refused?.status === 503
          ? 'The server cannot reach its database. Trying again in 5 s.'
          : `${title}. ${fix ?? ''}`}
      </p>
      <div className="mt-4 flex flex-wrap items-center gap-4">
        <Button onClick={onRetry}>Try again</Button>
        {refused?.requestId && (
          <span className="text-small text-muted">
            Request <CopyField value={refused.requestId} label="request id" />
          </span>
        )}
      </div>
    </section>
  )
}

/** An address that does not exist. */
export function NotFound() {
  return (
    <section className="rounded-panel border border-line bg-surface p-6">
      <h1 className="text-section">Not found</h1>
      <p className="mt-1 max-w-[68ch] text-muted">{NOT_FOUND}</p>
    </section>
  )
}

interface EmptyProps {
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}

/** An empty list: why it is empty, and one next step. */
export function Empty({ title, children, action }: EmptyProps) {
  return (
    <section className="rounded-panel border border-dashed border-edge bg-surface p-8 text-center">
      <h2 className="text-section">{title}</h2>
      {children && <div className="mx-auto mt-1 max-w-[52ch] text-muted">{children}</div>}
      {action && <div className="mt-4 flex justify-center">{action}</div>}
    </section>
  )
}

/** A part of a page with its heading. */
export function Section({
  title,
  aside,
  children,
  className = '',
}: {
  readonly title: ReactNode
  readonly aside?: ReactNode
  readonly children: ReactNode
  readonly className?: string
}) {
  return (
    <section className={`rounded-panel border border-line bg-surface ${className}`}>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line px-4 py-3 sm:px-6">
        <h2 className="text-section">{title}</h2>
        {aside}
      </div>
      <div className="p-4 sm:p-6">{children}</div>
    </section>
  )
}

/** Why an act of the person was refused. */
export function Refusal({ error }: { readonly error: Error }) {
  const { title, fix } = refusalWords(error)
  const requestId = error instanceof ApiError ? error.requestId : undefined
  return (
    <div role="alert" className="rounded-control bg-bad-soft p-3">
      <div className="font-medium text-bad">{title}</div>
      {fix && <div className="mt-1 text-muted">{fix}</div>}
      {requestId && (
        <div className="mt-1 text-small text-muted">
          Request <CopyField value={requestId} label="request id" />
        </div>
      )}
    </div>
  )
}

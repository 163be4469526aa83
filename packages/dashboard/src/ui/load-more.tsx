import { Button } from './button.tsx'

interface LoadMoreProps {
  readonly query: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly fetchNextPage: () => unknown
  }
  readonly children: string
}

/** The foot of a list that has further pages. */
export function LoadMore({ query, children }: LoadMoreProps) {
  if (!query.hasNextPage) return null
  return (
    <div className="border-t border-line p-3 text-center">
      <Button onClick={() => query.fetchNextPage()} disabled={query.isFetchingNextPage}>
        {children}
      </Button>
    </div>
  )
}

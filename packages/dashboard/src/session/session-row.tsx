import type { Session } from '@countersign/api'
import { Button } from '../ui/button.tsx'
import { LastUsed } from '../ui/last-used.tsx'
import { Name } from '../ui/name.tsx'
import { Time } from '../ui/time.tsx'

interface SessionRowProps {
  readonly row: Session
  readonly cannot: string | undefined
  readonly isBusy: boolean
  readonly onEnd: () => void
}

/** One signed-in browser, and what ends its session. */
export function SessionRow({ row, cannot, isBusy, onEnd }: SessionRowProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3 sm:px-6">
      <div className="min-w-0 flex-1 basis-60">
        <div className="flex min-w-0 items-baseline gap-2">
          <Name className="font-medium">{row.name}</Name>
          {row.is_current && (
            <span className="shrink-0 rounded-chip bg-ink-soft px-1.5 text-small text-ink">This browser</span>
          )}
        </div>
        <p className="text-muted">
          may <span className="font-mono text-mono">{row.scopes.join(', ')}</span> · signed in{' '}
          <Time at={row.signed_in_at} /> · last seen <LastUsed at={row.last_used_at} ip={row.last_used_ip} /> · ends{' '}
          <Time at={row.expires_at} />
        </p>
      </div>
      {row.is_current ? (
        <span className="text-small text-muted">Sign out in the menu ends this one.</span>
      ) : (
        <Button onClick={onEnd} disabled={isBusy || cannot !== undefined} title={cannot}>
          End session
        </Button>
      )}
    </li>
  )
}

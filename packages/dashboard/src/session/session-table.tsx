import type { Session as Listed } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Call } from '../api/connection.ts'
import { sessionList } from '../api/queries.ts'
import { Empty, Loaded, Refusal } from '../ui/blocks.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Name } from '../ui/name.tsx'
import { counted } from '../ui/numbers.ts'
import { useIsOnline } from '../ui/online.ts'
import { Time } from '../ui/time.tsx'
import { useSession } from './session.tsx'

function sessionsOf(call: Call, accountId: string | undefined) {
  if (accountId === undefined) return sessionList(call)
  return queryOptions({
    queryKey: ['sessions', accountId],
    queryFn: () => call(calls.listAccountSessions, { params: { account: accountId } }),
    refetchInterval: 30_000,
  })
}

/** The signed-in browsers of the caller's account, or of another one for operators; each can be ended. */
export function SessionTable({ accountId }: { readonly accountId: string | undefined }) {
  const { call, may } = useSession()
  const queries = useQueryClient()
  const isOnline = useIsOnline()
  const [isAsking, setAsking] = useState(false)
  const query = useQuery({ ...sessionsOf(call, accountId) })
  const refresh = () => queries.invalidateQueries({ queryKey: ['sessions'] })
  const end = useMutation({
    mutationFn: (session: string) =>
      accountId === undefined
        ? call(calls.endSession, { params: { session } })
        : call(calls.endAccountSession, { params: { account: accountId, session } }),
    onSettled: refresh,
  })
  const endOthers = useMutation({
    mutationFn: () => call(calls.endOtherSessions),
    onSuccess: () => setAsking(false),
    onSettled: refresh,
  })
  const cannot = !may('write')
    ? 'This session may only read.'
    : isOnline
      ? undefined
      : 'Changes wait until the connection is back.'
  const skeleton = <div className="skeleton h-40" />
  return (
    <Loaded query={query} what="Browsers" skeleton={skeleton}>
      {({ sessions }) => {
        const others = sessions.filter((session) => !session.is_current).length
        if (sessions.length === 0) return <Empty title="No browser is signed in">Make a sign-in link for one.</Empty>
        return (
          <div className="space-y-4">
            <ul className="divide-y divide-line rounded-panel border border-line bg-surface">
              {sessions.map((session) => (
                <SessionRow
                  key={session.session_id}
                  row={session}
                  cannot={cannot}
                  isBusy={end.isPending}
                  onEnd={() => end.mutate(session.session_id)}
                />
              ))}
            </ul>
            {end.error && <Refusal error={end.error} />}
            {accountId === undefined && (
              <Button
                onClick={() => setAsking(true)}
                disabledBecause={others === 0 ? 'No other browser is signed in.' : cannot}
              >
                End all others
              </Button>
            )}
            <Dialog
              isOpen={isAsking}
              onClose={() => setAsking(false)}
              title="End all others"
              description={`${counted(others, 'browser')} ${others === 1 ? 'is' : 'are'} signed out at once.`}
              actions={
                <>
                  <Button onClick={() => setAsking(false)}>Cancel</Button>
                  <Button kind="danger" disabled={endOthers.isPending} onClick={() => endOthers.mutate()}>
                    End all others
                  </Button>
                </>
              }
            >
              {endOthers.error && <Refusal error={endOthers.error} />}
            </Dialog>
          </div>
        )
      }}
    </Loaded>
  )
}

interface SessionRowProps {
  readonly row: Listed
  readonly cannot: string | undefined
  readonly isBusy: boolean
  readonly onEnd: () => void
}

function SessionRow({ row, cannot, isBusy, onEnd }: SessionRowProps) {
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
          <Time at={row.signed_in_at} /> · last seen{' '}
          {row.last_used_at === undefined ? (
            'never'
          ) : (
            <>
              <Time at={row.last_used_at} note="At most a minute late." />
              {row.last_used_ip && (
                <>
                  {' '}
                  from <span className="font-mono text-mono">{row.last_used_ip}</span>
                </>
              )}
            </>
          )}{' '}
          · ends <Time at={row.expires_at} />
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

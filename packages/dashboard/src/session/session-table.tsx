import * as calls from '@countersign/api/calls'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Call } from '../api/connection.ts'
import { sessionList } from '../api/queries.ts'
import { Empty, Loaded, Refusal } from '../ui/blocks.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { counted } from '../ui/numbers.ts'
import { useSession } from './session.tsx'
import { SessionRow } from './session-row.tsx'
import { useChangeProblem } from './use-change-problem.ts'

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
  const { call } = useSession()
  const changeProblem = useChangeProblem()
  const [isAsking, setAsking] = useState(false)
  const query = useQuery(sessionsOf(call, accountId))
  const { end, endOthers } = useEndSessions(accountId, () => setAsking(false))
  return (
    <Loaded query={query} what="Browsers" skeleton={<div className="skeleton h-40" />}>
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
                  cannot={changeProblem}
                  isBusy={end.isPending}
                  onEnd={() => end.mutate(session.session_id)}
                />
              ))}
            </ul>
            {end.error && <Refusal error={end.error} />}
            {accountId === undefined && (
              <Button
                onClick={() => setAsking(true)}
                disabledBecause={others === 0 ? 'No other browser is signed in.' : changeProblem}
              >
                End all others
              </Button>
            )}
            <ConfirmDialog
              isOpen={isAsking}
              onClose={() => setAsking(false)}
              title="End all others"
              description={`${counted(others, 'browser')} ${others === 1 ? 'is' : 'are'} signed out at once.`}
              confirm="End all others"
              isBusy={endOthers.isPending}
              error={endOthers.error}
              onConfirm={() => endOthers.mutate()}
            />
          </div>
        )
      }}
    </Loaded>
  )
}

/** What ends one session of the account, or all others of the caller's. */
function useEndSessions(accountId: string | undefined, onOthersEnded: () => void) {
  const { call } = useSession()
  const queries = useQueryClient()
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
    onSuccess: onOthersEnded,
    onSettled: refresh,
  })
  return { end, endOthers }
}

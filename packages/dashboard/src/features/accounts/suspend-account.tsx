import type { Account } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useSession } from '../../session/session.tsx'
import { useChangeProblem } from '../../session/use-change-problem.ts'
import { Refusal, Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { count } from '../../ui/numbers.ts'
import { showToast } from '../../ui/toast.tsx'

/** Suspends an account, or lifts its suspension. */
export function SuspendAccount({ row }: { readonly row: Account }) {
  const { call } = useSession()
  const queries = useQueryClient()
  const changeProblem = useChangeProblem()
  const [isAsking, setAsking] = useState(false)
  const isSuspended = row.state === 'suspended'
  const change = useMutation({
    mutationFn: () =>
      isSuspended
        ? call(calls.unsuspendAccount, { params: { account: row.account_id } })
        : call(calls.suspendAccount, { params: { account: row.account_id }, body: {} }),
    onSuccess: async () => {
      setAsking(false)
      await queries.invalidateQueries({ queryKey: ['accounts'] })
      showToast({ text: isSuspended ? 'Suspension lifted.' : 'Suspended.' })
    },
  })
  const keys = row.api_keys === 1 ? 'Its 1 key is' : `All ${count(row.api_keys)} keys are`
  const consequence = `${keys} refused with ACCOUNT_SUSPENDED from now until you lift it.`
  const operatorProblem = row.operator ? 'An account of operators is not suspended here.' : undefined
  return (
    <Section title={isSuspended ? 'Lift the suspension' : 'Suspend account'}>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="max-w-[52ch] text-muted">{isSuspended ? `${keys} accepted again.` : consequence}</p>
        <Button
          onClick={() => (isSuspended ? change.mutate() : setAsking(true))}
          disabled={change.isPending}
          disabledBecause={changeProblem ?? operatorProblem}
        >
          {isSuspended ? 'Lift suspension' : 'Suspend account'}
        </Button>
      </div>
      {change.error && !isAsking && (
        <div className="mt-4">
          <Refusal error={change.error} />
        </div>
      )}
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={`Suspend ${row.name}`}
        description={consequence}
        confirm="Suspend account"
        isBusy={change.isPending}
        error={change.error}
        onConfirm={() => change.mutate()}
      />
    </Section>
  )
}

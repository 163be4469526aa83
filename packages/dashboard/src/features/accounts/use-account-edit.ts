import type { Account } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useSession } from '../../session/session.tsx'
import { useChangeProblem } from '../../session/use-change-problem.ts'
import { bindFields } from '../../ui/bind-fields.ts'
import { type AccountEdit, accountProblemsOf, accountUpdateOf, accountValuesOf } from './account-edit.ts'
import { withExternalId } from './with-external-id.ts'

/** The form of an account's settings: values, what is wrong with them, and what saves them. */
export function useAccountEdit(row: Account) {
  const { call } = useSession()
  const queries = useQueryClient()
  const changeProblem = useChangeProblem()
  const [edit, setEdit] = useState<AccountEdit>({})
  const values = accountValuesOf(row, edit)
  const problems = accountProblemsOf(values)
  const body = accountUpdateOf(row, edit)
  const hasChanges = Object.values(body).some((value) => value !== undefined)
  const save = useMutation({
    mutationFn: () =>
      withExternalId(call, values.externalId.trim(), () =>
        call(calls.updateAccount, { params: { account: row.account_id }, body }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['accounts'] })
      setEdit({})
    },
  })
  const set = (part: AccountEdit) => setEdit({ ...edit, ...part })
  return {
    field: bindFields({ fields: values, set, problems, isLocked: changeProblem !== undefined }),
    hasChanges,
    saveProblem: changeProblem ?? (hasChanges ? undefined : 'Nothing has changed.'),
    canSave: !save.isPending && Object.values(problems).every((problem) => problem === undefined),
    error: save.error,
    save: () => save.mutate(),
  }
}

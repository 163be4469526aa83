import type { ApiKeyDetails } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { deployment } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { useChangeProblem } from '../../session/use-change-problem.ts'
import { bindFields } from '../../ui/bind-fields.ts'
import { changesInWords, type KeyEdit, problemsOf, requestOf, valuesOf } from './key-edit.ts'

/** The form of a key's settings: values, what is wrong with them, what will change, and what saves it. */
export function useKeyEdit(row: ApiKeyDetails) {
  const { call, isOperator } = useSession()
  const queries = useQueryClient()
  const changeProblem = useChangeProblem()
  const [edit, setEdit] = useState<KeyEdit>({})
  const values = valuesOf(row, edit)
  const problems = problemsOf(values, deployment.scopes)
  const changes = changesInWords(row, edit)
  const save = useMutation({
    mutationFn: () =>
      call(isOperator ? calls.updateAnyApiKey : calls.updateApiKey, {
        params: { api_key: row.api_key_id },
        body: requestOf(row, edit),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['keys'] })
      setEdit({})
    },
  })
  const set = (part: KeyEdit) => setEdit({ ...edit, ...part })
  const isLocked = changeProblem !== undefined
  return {
    values,
    set,
    field: bindFields({ fields: values, set, problems, isLocked }),
    changes,
    isLocked,
    saveProblem: changeProblem ?? (changes.length === 0 ? 'Nothing has changed.' : undefined),
    canSave: !save.isPending && Object.values(problems).every((problem) => problem === undefined),
    error: save.error,
    save: () => save.mutate(),
  }
}

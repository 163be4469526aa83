import * as calls from '@countersign/api/calls'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useSession } from '../../session/session.tsx'
import { bindFields } from '../../ui/bind-fields.ts'
import { accountProblemsOf, NEW_ACCOUNT, newAccountOf } from './account-edit.ts'
import { withExternalId } from './with-external-id.ts'

/** The form for a new account. The account is opened once it is made. */
export function useNewAccount(onMade: () => void) {
  const { call } = useSession()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [values, setValues] = useState(NEW_ACCOUNT)
  const problem = accountProblemsOf(values).name
  const make = useMutation({
    mutationFn: () =>
      withExternalId(call, values.externalId.trim(), () => call(calls.createAccount, { body: newAccountOf(values) })),
    onSuccess: async ({ account_id: id }) => {
      queries.invalidateQueries({ queryKey: ['accounts'] })
      onMade()
      await navigate({ to: '/accounts/$id', params: { id } })
    },
  })
  return {
    field: bindFields({
      fields: values,
      set: (part) => setValues({ ...values, ...part }),
      problems: { name: values.name === '' ? undefined : problem },
    }),
    canSubmit: problem === undefined && !make.isPending,
    error: make.error,
    submit: (event: FormEvent) => {
      event.preventDefault()
      if (problem === undefined && !make.isPending) make.mutate()
    },
  }
}

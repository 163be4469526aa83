import type { CreateAccountRequest } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { keyNameProblem } from '@countersign/api/key-rules'
import { ApiError } from '@countersign/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { deployment } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Refusal } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { externalIdTaken } from './external-id-taken.ts'

/** Makes an account and opens it. */
export function NewAccount({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="New account" description="An account is one of your customers.">
      <NewAccountForm onClose={onClose} />
    </Dialog>
  )
}

function NewAccountForm({ onClose }: { readonly onClose: () => void }) {
  const { call } = useSession()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [externalId, setExternalId] = useState('')
  const [tier, setTier] = useState('')
  const problem = keyNameProblem(name)
  const make = useMutation({
    mutationFn: async (body: CreateAccountRequest) => {
      try {
        return await call(calls.createAccount, { body })
      } catch (error) {
        throw error instanceof ApiError && error.code === 'external_id_taken'
          ? await externalIdTaken(call, externalId.trim())
          : error
      }
    },
    onSuccess: async ({ account_id: id }) => {
      queries.invalidateQueries({ queryKey: ['accounts'] })
      onClose()
      await navigate({ to: '/accounts/$id', params: { id } })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (problem || make.isPending) return
    make.mutate({
      name: name.trim(),
      ...(externalId.trim() !== '' && { external_id: externalId.trim() }),
      ...(tier !== '' && { usage_tier: tier }),
    })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <TextField
        label="Name"
        dir="auto"
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={name !== '' && problem ? `The name ${problem}.` : undefined}
      />
      <TextField
        label="External id"
        className="font-mono"
        autoComplete="off"
        value={externalId}
        onChange={(event) => setExternalId(event.target.value)}
        hint="Your own id of this customer. Once set, X-Countersign-Account carries it."
      />
      <SelectField label="Tier" value={tier} onChange={(event) => setTier(event.target.value)}>
        <option value="">the default tier</option>
        {deployment.tiers.map((it) => (
          <option key={it}>{it}</option>
        ))}
      </SelectField>
      {make.error &&
        (make.error instanceof ApiError ? (
          <Refusal error={make.error} />
        ) : (
          <p role="alert" className="text-bad">
            {make.error.message}
          </p>
        ))}
      <div className="flex flex-wrap justify-end gap-3">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="filled" type="submit" disabled={make.isPending || problem !== undefined}>
          Make account
        </Button>
      </div>
    </form>
  )
}

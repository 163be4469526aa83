import type { Account, UpdateAccountRequest } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { keyNameProblem } from '@countersign/api/key-rules'
import { ApiError } from '@countersign/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { deployment } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Refusal, Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextArea, TextField } from '../../ui/field.tsx'
import { count } from '../../ui/numbers.ts'
import { useIsOnline } from '../../ui/online.ts'
import { showToast } from '../../ui/toast.tsx'
import { externalIdTaken } from './external-id-taken.ts'
import { useAccount } from './use-account.ts'

/** What can be changed about an account; apart from that, its suspension. */
export function AccountSettings() {
  const account = useAccount().data
  if (!account) return null
  return (
    <div className="space-y-6">
      <EditAccount key={account.account_id} row={account} />
      <Suspend row={account} />
    </div>
  )
}

function useCannot(): string | undefined {
  const { may } = useSession()
  const isOnline = useIsOnline()
  if (!may('write')) return 'This session may only read.'
  return isOnline ? undefined : 'Changes wait until the connection is back.'
}

interface Edit {
  readonly name?: string
  readonly tier?: string
  readonly externalId?: string
  /** One note a line, `name: text`. */
  readonly notes?: string
}

function EditAccount({ row }: { readonly row: Account }) {
  const { call } = useSession()
  const queries = useQueryClient()
  const cannot = useCannot()
  const [edit, setEdit] = useState<Edit>({})
  const { name = row.name, tier = row.usage_tier, externalId = row.external_id ?? '', notes = notesOf(row) } = edit
  const nameProblem = keyNameProblem(name)
  const metadata = readNotes(notes)
  const body: UpdateAccountRequest = {
    ...(name.trim() !== row.name && { name: name.trim() }),
    ...(tier !== row.usage_tier && { usage_tier: tier }),
    ...(externalId.trim() !== (row.external_id ?? '') && { external_id: externalId.trim() || null }),
    ...(metadata && notes !== notesOf(row) && { metadata: Object.keys(metadata).length === 0 ? null : metadata }),
  }
  const hasChanges = Object.keys(body).length > 0
  const save = useMutation({
    mutationFn: async () => {
      try {
        return await call(calls.updateAccount, { params: { account: row.account_id }, body })
      } catch (error) {
        throw error instanceof ApiError && error.code === 'external_id_taken'
          ? await externalIdTaken(call, externalId.trim())
          : error
      }
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['accounts'] })
      setEdit({})
    },
  })
  return (
    <Section title="Settings">
      <div className="max-w-md space-y-4">
        <TextField
          label="Name"
          dir="auto"
          value={name}
          disabled={Boolean(cannot)}
          onChange={(event) => setEdit({ ...edit, name: event.target.value })}
          error={nameProblem && `The name ${nameProblem}.`}
        />
        <TextField
          label="External id"
          className="font-mono"
          value={externalId}
          disabled={Boolean(cannot)}
          onChange={(event) => setEdit({ ...edit, externalId: event.target.value })}
          hint="Your own id of this customer; X-Countersign-Account carries it."
        />
        <SelectField
          label="Tier"
          value={tier}
          disabled={Boolean(cannot)}
          onChange={(event) => setEdit({ ...edit, tier: event.target.value })}
        >
          {[...new Set([...deployment.tiers, row.usage_tier])].map((it) => (
            <option key={it}>{it}</option>
          ))}
        </SelectField>
        <TextArea
          label="Metadata"
          className="font-mono"
          rows={3}
          value={notes}
          disabled={Boolean(cannot)}
          onChange={(event) => setEdit({ ...edit, notes: event.target.value })}
          hint="One note a line, as name: text."
          error={metadata ? undefined : 'Each line is a name, a colon and a text.'}
        />
        {save.error &&
          (save.error instanceof ApiError ? (
            <Refusal error={save.error} />
          ) : (
            <p role="alert" className="text-bad">
              {save.error.message}
            </p>
          ))}
        <Button
          kind={hasChanges ? 'filled' : 'quiet'}
          disabled={save.isPending || nameProblem !== undefined || !metadata}
          disabledBecause={cannot ?? (hasChanges ? undefined : 'Nothing has changed.')}
          onClick={() => save.mutate()}
        >
          Save changes
        </Button>
      </div>
    </Section>
  )
}

function Suspend({ row }: { readonly row: Account }) {
  const { call } = useSession()
  const queries = useQueryClient()
  const cannot = useCannot()
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
  const because = cannot ?? (row.operator ? 'An account of operators is not suspended here.' : undefined)
  return (
    <Section title={isSuspended ? 'Lift the suspension' : 'Suspend account'}>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="max-w-[52ch] text-muted">{isSuspended ? `${keys} accepted again.` : consequence}</p>
        <Button
          onClick={() => (isSuspended ? change.mutate() : setAsking(true))}
          disabled={change.isPending}
          disabledBecause={because}
        >
          {isSuspended ? 'Lift suspension' : 'Suspend account'}
        </Button>
      </div>
      {change.error && !isAsking && (
        <div className="mt-4">
          <Refusal error={change.error} />
        </div>
      )}
      <Dialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={`Suspend ${row.name}`}
        description={consequence}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>Cancel</Button>
            <Button kind="danger" disabled={change.isPending} onClick={() => change.mutate()}>
              Suspend account
            </Button>
          </>
        }
      >
        {change.error && <Refusal error={change.error} />}
      </Dialog>
    </Section>
  )
}

function notesOf({ metadata = {} }: Account): string {
  return Object.entries(metadata)
    .map(([name, text]) => `${name}: ${text}`)
    .join('\n')
}

/** The notes by their names; `undefined` where a line is none. */
function readNotes(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const entries = lines.map((line) => /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line))
  if (entries.some((entry) => entry === null)) return undefined
  return Object.fromEntries(entries.map((entry) => [entry?.[1] ?? '', entry?.[2] ?? '']))
}

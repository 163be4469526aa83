import type { ApiKeyDetails, UpdateKeyRequest } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { keyNameProblem } from '@countersign/api/key-rules'
import { scopeListProblem } from '@countersign/protocol'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useId, useState } from 'react'
import { keyPage } from '../../api/queries.ts'
import { deployment } from '../../deployment.ts'
import { NetworkList } from '../../keys/network-list.tsx'
import { useSession } from '../../session/session.tsx'
import { Refusal, Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy-field.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { count, counted } from '../../ui/numbers.ts'
import { useIsOnline } from '../../ui/online.ts'
import { ScopeTree } from '../../ui/scope-tree.tsx'
import { showToast } from '../../ui/toast.tsx'
import { TypedConfirm } from '../../ui/typed-confirm.tsx'
import { useNow } from '../../ui/use-now.ts'
import { changesInWords, type KeyEdit, requestOf } from './key-edit.ts'
import { useKey } from './use-key.ts'

const HOUR_MS = 3_600_000

/** What can be changed about a key, and, apart from that, how it ends. */
export function KeySettings() {
  const key = useKey().data
  if (!key) return null
  const isOver = key.state === 'revoked' || key.state === 'expired'
  return (
    <div className="space-y-6">
      {key.state !== 'revoked' && <EditKey key={key.api_key_id} row={key} />}
      <EndKey row={key} isOver={isOver} />
    </div>
  )
}

function useCannot(): string | undefined {
  const { may } = useSession()
  const isOnline = useIsOnline()
  if (!may('write')) return 'This session may only read.'
  return isOnline ? undefined : 'Changes wait until the connection is back.'
}

function EditKey({ row }: { readonly row: ApiKeyDetails }) {
  const { call, isOperator } = useSession()
  const queries = useQueryClient()
  const cannot = useCannot()
  const [edit, setEdit] = useState<KeyEdit>({})
  const save = useMutation({
    mutationFn: (body: UpdateKeyRequest) =>
      call(isOperator ? calls.updateAnyApiKey : calls.updateApiKey, {
        params: { api_key: row.api_key_id },
        body,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['keys'] })
      setEdit({})
    },
  })
  const set = (part: KeyEdit) => setEdit({ ...edit, ...part })
  const { name = row.name, scopes = row.scopes, networks = row.ip_allowlist ?? [] } = edit
  const expires = edit.expires ?? dayOf(row.expires_at)
  const profile = edit.profile ?? row.minimum_profile ?? ''
  const [capacity, refill] = [
    edit.capacity ?? textOf(row.bucket?.bucket_capacity),
    edit.refill ?? textOf(row.bucket?.refill_rate),
  ]
  const changes = changesInWords(row, edit)
  const nameProblem = keyNameProblem(name)
  const hasBadBucket =
    (capacity === '') !== (refill === '') || [capacity, refill].some((text) => text !== '' && !(Number(text) > 0))
  const problem = nameProblem ?? scopeListProblem(scopes, deployment.scopes) ?? (hasBadBucket ? 'bucket' : undefined)
  const isLocked = cannot !== undefined

  return (
    <Section title="Settings">
      <div className="space-y-6">
        <div className="max-w-md">
          <TextField
            label="Name"
            dir="auto"
            disabled={isLocked}
            value={name}
            onChange={(event) => set({ name: event.target.value })}
            error={nameProblem && `The name ${nameProblem}.`}
          />
        </div>
        <div>
          <h3 className="mb-1 font-medium">May do</h3>
          <ScopeTree
            scopes={deployment.scopes}
            held={row.scopes}
            value={scopes}
            onChange={(next) => set({ scopes: next })}
            mode="narrow"
            isDisabled={isLocked}
          />
          <p className="mt-1 text-small text-muted">To widen, make a new key.</p>
        </div>
        <div className="grid max-w-2xl gap-4 sm:grid-cols-2">
          <TextField
            label="Expires"
            type="date"
            disabled={isLocked}
            value={expires}
            onChange={(event) => set({ expires: event.target.value })}
            hint={expires === '' ? 'Never.' : 'Refused from the start of this day on, UTC.'}
          />
          <SelectField
            label="Weakest signature accepted"
            disabled={isLocked}
            value={profile}
            onChange={(event) => set({ profile: event.target.value })}
            hint="RFC 9421 covers query and body."
          >
            <option value="">every profile</option>
            <option value="access-headers">access-headers</option>
            <option value="http-message-signatures">http-message-signatures (RFC 9421)</option>
          </SelectField>
          <TextField
            label="Bucket of its own: capacity"
            inputMode="decimal"
            disabled={isLocked}
            value={capacity}
            onChange={(event) => set({ capacity: event.target.value })}
            hint="Tokens. Empty: the account's bucket alone."
            error={hasBadBucket ? 'Give both numbers, more than 0, or neither.' : undefined}
          />
          <TextField
            label="Refill"
            inputMode="decimal"
            disabled={isLocked}
            value={refill}
            onChange={(event) => set({ refill: event.target.value })}
            hint="Tokens a second."
          />
        </div>
        <div className="max-w-md">
          <NetworkList value={networks} onChange={(next) => set({ networks: next })} isDisabled={isLocked} />
        </div>
        {changes.length > 0 && (
          <div className="max-w-[68ch] rounded-control bg-sunken p-3" aria-live="polite">
            <h3 className="font-medium">What will change</h3>
            <ul className="mt-1 list-disc pl-5">
              {changes.map((change) => (
                <li key={change} className="break-words">
                  {change}
                </li>
              ))}
            </ul>
          </div>
        )}
        {save.error && <Refusal error={save.error} />}
        <Button
          kind={changes.length > 0 ? 'filled' : 'quiet'}
          disabled={save.isPending || problem !== undefined}
          disabledBecause={cannot ?? (changes.length === 0 ? 'Nothing has changed.' : undefined)}
          onClick={() => save.mutate(requestOf(row, edit))}
        >
          Save changes
        </Button>
      </div>
    </Section>
  )
}

function EndKey({ row, isOver }: { readonly row: ApiKeyDetails; readonly isOver: boolean }) {
  const { call, isOperator } = useSession()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const cannot = useCannot()
  const now = useNow()
  const [asked, setAsked] = useState<'disable' | 'revoke' | 'delete'>()
  const params = { api_key: row.api_key_id }
  const refresh = () => queries.invalidateQueries({ queryKey: ['keys'] })
  const isDisabled = row.state === 'disabled'
  const isHeld = row.disabled_by === 'operator' && !isOperator

  const toggle = useMutation({
    mutationFn: (to: 'disable' | 'enable') => call(TOGGLE[to][isOperator ? 'operator' : 'holder'], { params }),
    onSuccess: async (_, to) => {
      setAsked(undefined)
      await refresh()
      if (to === 'disable')
        showToast({ text: 'Disabled.', action: { label: 'Undo', run: () => toggle.mutate('enable') } })
      else showToast({ text: 'Enabled.' })
    },
  })
  const remove = useMutation({
    mutationFn: () => call(isOperator ? calls.deleteAnyApiKey : calls.deleteApiKey, { params }),
    onSuccess: async () => {
      await navigate({ to: '/keys' })
      queries.removeQueries({ queryKey: ['keys', 'one', row.api_key_id] })
      await refresh()
    },
  })
  const lately = row.last_used_at !== undefined && now - row.last_used_at < HOUR_MS
  const lastHours = row.last_24_hours
  const inLastHour = lastHours ? (lastHours.allowed.at(-1) ?? 0) + (lastHours.not_allowed.at(-1) ?? 0) : undefined

  return (
    <Section title="End this key" className="border-bad-graphic/40">
      {lately && (
        <div className="mb-4">
          <Notice tone="warn">
            {inLastHour === undefined
              ? 'It signed requests in the last hour.'
              : `It signed ${counted(inLastHour, 'request')} in this hour.`}
          </Notice>
        </div>
      )}
      <div className="divide-y divide-line">
        {!isOver && (
          <EndRow
            title={isDisabled ? 'Enable' : 'Disable'}
            consequence={isDisabled ? 'Its requests are accepted again.' : 'Refused until you enable it again.'}
            because={
              cannot ?? (isDisabled && isHeld ? 'An operator disabled it, and only an operator enables it.' : undefined)
            }
            label={isDisabled ? 'Enable key' : 'Disable key'}
            onClick={() => (isDisabled ? toggle.mutate('enable') : setAsked('disable'))}
          />
        )}
        {row.state !== 'revoked' && (
          <EndRow
            title="Revoke"
            consequence={`Final. Refused for good; stays listed with its reason.${row.rotation ? ' Ends the rotation too.' : ''}`}
            because={cannot}
            label="Revoke key"
            onClick={() => setAsked('revoke')}
          />
        )}
        <EndRow
          title="Delete"
          consequence="Final. Leaves the list; its audit events stay. Suspect a leak? Revoke instead."
          because={cannot}
          label="Delete key"
          onClick={() => setAsked('delete')}
        />
      </div>
      {toggle.error && (
        <div className="mt-4">
          <Refusal error={toggle.error} />
        </div>
      )}
      <Dialog
        isOpen={asked === 'disable'}
        onClose={() => setAsked(undefined)}
        title="Disable this key"
        description="Refused until you enable it again."
        actions={
          <>
            <Button onClick={() => setAsked(undefined)}>Cancel</Button>
            <Button kind="filled" disabled={toggle.isPending} onClick={() => toggle.mutate('disable')}>
              Disable key
            </Button>
          </>
        }
      >
        {toggle.error && <Refusal error={toggle.error} />}
      </Dialog>
      <RevokeDialog row={row} isOpen={asked === 'revoke'} onClose={() => setAsked(undefined)} onRevoked={refresh} />
      <TypedConfirm
        isOpen={asked === 'delete'}
        onClose={() => setAsked(undefined)}
        verb="delete"
        consequence="Final. Leaves the list; its audit events stay. Suspect a leak? Revoke instead."
        keyToEnd={row}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </Section>
  )
}

const TOGGLE = {
  disable: { holder: calls.disableApiKey, operator: calls.disableAnyApiKey },
  enable: { holder: calls.enableApiKey, operator: calls.enableAnyApiKey },
} as const

interface EndRowProps {
  readonly title: string
  readonly consequence: string
  readonly label: string
  readonly because: string | undefined
  readonly onClick: () => void
}

function EndRow({ title, consequence, label, because, onClick }: EndRowProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-3">
      <div className="max-w-[52ch]">
        <h3 className="font-medium">{title}</h3>
        <p className="text-muted">{consequence}</p>
      </div>
      <Button onClick={onClick} disabledBecause={because} className="max-sm:w-full">
        {label}
      </Button>
    </div>
  )
}

const REASONS = [
  ['key_compromise', 'Compromised', 'Somebody else may have the private key.'],
  ['superseded', 'Replaced', 'Another key has taken over.'],
  ['unspecified', 'Other', 'For another reason.'],
] as const

interface RevokeDialogProps {
  readonly row: ApiKeyDetails
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onRevoked: () => Promise<unknown>
}

function RevokeDialog({ row, isOpen, onClose, onRevoked }: RevokeDialogProps) {
  const { call, isOperator } = useSession()
  const group = useId()
  const [reason, setReason] = useState<(typeof REASONS)[number][0]>('key_compromise')
  const [isCascading, setCascading] = useState(false)
  const made = useQuery({
    ...keyPage(call, isOperator, { made_by: row.api_key_id, limit: '20' }),
    enabled: isOpen && reason === 'key_compromise',
  })
  const total = made.data?.total ?? 0
  const revoke = useMutation({
    mutationFn: () =>
      call(isOperator ? calls.revokeAnyApiKey : calls.revokeApiKey, {
        params: { api_key: row.api_key_id },
        body: { reason, cascade: reason === 'key_compromise' && total > 0 ? isCascading : undefined },
      }),
    onSuccess: async () => {
      await onRevoked()
      onClose()
    },
  })
  return (
    <TypedConfirm
      isOpen={isOpen}
      onClose={onClose}
      verb="revoke"
      consequence={`Final. Refused for good; stays listed with its reason.${row.rotation ? ' Ends the rotation too.' : ''}`}
      keyToEnd={row}
      isBusy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
    >
      <fieldset className="mb-4">
        <legend className="mb-1 font-medium">Reason</legend>
        {REASONS.map(([value, label, text]) => (
          <label key={value} className="flex min-h-8 items-center gap-3 pointer-coarse:min-h-11">
            <input
              type="radio"
              name={group}
              className="size-4 accent-ink"
              checked={reason === value}
              onChange={() => setReason(value)}
            />
            <span>
              {label} <span className="text-small text-muted">{text}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {reason === 'key_compromise' && (
        <div className="mb-4 space-y-3 rounded-control bg-sunken p-3">
          {total > 0 && (
            <div>
              <p>
                Keys made with this key: {count(total)}.{' '}
                {made.data?.api_keys.map((child, i) => (
                  <Separated key={child.api_key_id} isFirst={i === 0}>
                    <Link to="/keys/$id" params={{ id: child.api_key_id }} className="rounded-chip text-ink underline">
                      <bdi>{child.name}</bdi>
                    </Link>
                  </Separated>
                ))}
              </p>
              <label className="mt-1 flex min-h-8 items-center gap-3 pointer-coarse:min-h-11">
                <input
                  type="checkbox"
                  className="size-4 accent-ink"
                  checked={isCascading}
                  onChange={(event) => setCascading(event.target.checked)}
                />
                Revoke these too
              </label>
            </div>
          )}
          <div>
            <p className="text-muted">To bar this public key from ever being registered again, prove you hold it:</p>
            <CopyField value="countersign revoke --pem FILE" label="command" />
          </div>
        </div>
      )}
    </TypedConfirm>
  )
}

function Separated({ isFirst, children }: { readonly isFirst: boolean; readonly children: ReactNode }) {
  return (
    <>
      {!isFirst && ', '}
      {children}
    </>
  )
}

function dayOf(atMs: number | undefined): string {
  return atMs === undefined ? '' : new Date(atMs).toISOString().slice(0, 10)
}

function textOf(value: number | undefined): string {
  return value === undefined ? '' : String(value)
}

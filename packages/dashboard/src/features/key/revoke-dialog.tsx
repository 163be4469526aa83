import type { ApiKeyDetails, ApiKeyPage } from '@countersign/api'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { CopyField } from '../../ui/copy-field.tsx'
import { count } from '../../ui/numbers.ts'
import { RadioGroup } from '../../ui/radio-group.tsx'
import { TypedConfirm } from '../../ui/typed-confirm.tsx'
import { type RevokeReason, useRevokeKey } from './use-revoke-key.ts'

const REASONS: readonly (readonly [RevokeReason, string, string])[] = [
  ['key_compromise', 'Compromised', 'Somebody else may have the private key.'],
  ['superseded', 'Replaced', 'Another key has taken over.'],
  ['unspecified', 'Other', 'For another reason.'],
]

interface RevokeDialogProps {
  readonly row: ApiKeyDetails
  readonly consequence: string
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onRevoked: () => Promise<unknown>
}

/** Asks why a key is revoked, and revokes it once its short id is typed. */
export function RevokeDialog({ row, consequence, isOpen, onClose, onRevoked }: RevokeDialogProps) {
  const form = useRevokeKey(row, isOpen, () => onRevoked().then(onClose))
  const { revoke, made } = form
  return (
    <TypedConfirm
      isOpen={isOpen}
      onClose={onClose}
      verb="revoke"
      consequence={consequence}
      keyToEnd={row}
      isBusy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
    >
      <div className="mb-4">
        <RadioGroup legend="Reason" value={form.reason} options={REASONS} onChange={form.setReason} />
      </div>
      {form.isCompromised && (
        <div className="mb-4 space-y-3 rounded-control bg-sunken p-3">
          {made && made.total > 0 && (
            <div>
              <MadeKeys made={made} />
              <label className="mt-1 flex min-h-8 items-center gap-3 pointer-coarse:min-h-11">
                <input
                  type="checkbox"
                  className="size-4 accent-ink"
                  checked={form.isCascading}
                  onChange={(event) => form.setCascading(event.target.checked)}
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

function MadeKeys({ made }: { readonly made: ApiKeyPage }) {
  return (
    <p>
      Keys made with this key: {count(made.total)}
      {made.total_is_capped && '+'}.{' '}
      {made.api_keys.map((child, i) => (
        <Fragment key={child.api_key_id}>
          {i > 0 && ', '}
          <Link to="/keys/$id" params={{ id: child.api_key_id }} className="rounded-chip text-ink underline">
            <bdi>{child.name}</bdi>
          </Link>
        </Fragment>
      ))}
    </p>
  )
}

import { deployment } from '../../deployment.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Options, SelectField, TextField } from '../../ui/field.tsx'
import { AccountRefusal } from './account-refusal.tsx'
import { useNewAccount } from './use-new-account.ts'

/** Makes an account and opens it. */
export function NewAccount({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="New account" description="An account is one of your customers.">
      <NewAccountForm onClose={onClose} />
    </Dialog>
  )
}

function NewAccountForm({ onClose }: { readonly onClose: () => void }) {
  const { field, canSubmit, error, submit } = useNewAccount(onClose)
  return (
    <form onSubmit={submit} className="space-y-4">
      <TextField label="Name" dir="auto" autoComplete="off" {...field('name')} />
      <TextField
        label="External id"
        className="font-mono"
        autoComplete="off"
        {...field('externalId')}
        hint="Your own id of this customer. Once set, X-Countersign-Account carries it."
      />
      <SelectField label="Tier" {...field('tier')}>
        <option value="">the default tier</option>
        <Options of={deployment.tiers} />
      </SelectField>
      {error && <AccountRefusal error={error} />}
      <div className="flex flex-wrap justify-end gap-3">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="filled" type="submit" disabled={!canSubmit}>
          Make account
        </Button>
      </div>
    </form>
  )
}

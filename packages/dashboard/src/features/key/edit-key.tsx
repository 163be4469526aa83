import type { ApiKeyDetails } from '@countersign/api'
import { deployment } from '../../deployment.ts'
import { NetworkList } from '../../keys/network-list.tsx'
import { Refusal, Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { ScopeTree } from '../../ui/scope-tree.tsx'
import { useKeyEdit } from './use-key-edit.ts'

/** The settings of a key that can be changed. */
export function EditKey({ row }: { readonly row: ApiKeyDetails }) {
  const form = useKeyEdit(row)
  const { values, set, field, changes, isLocked } = form
  return (
    <Section title="Settings">
      <div className="space-y-6">
        <div className="max-w-md">
          <TextField label="Name" dir="auto" {...field('name')} />
        </div>
        <div>
          <h3 className="mb-1 font-medium">May do</h3>
          <ScopeTree
            scopes={deployment.scopes}
            held={row.scopes}
            value={values.scopes}
            onChange={(scopes) => set({ scopes })}
            mode="narrow"
            isDisabled={isLocked}
          />
          <p className="mt-1 text-small text-muted">To widen, make a new key.</p>
        </div>
        <Limits form={form} />
        <div className="max-w-md">
          <NetworkList value={values.networks} onChange={(networks) => set({ networks })} isDisabled={isLocked} />
        </div>
        {changes.length > 0 && <Changes changes={changes} />}
        {form.error && <Refusal error={form.error} />}
        <Button
          kind={changes.length > 0 ? 'filled' : 'quiet'}
          disabled={!form.canSave}
          disabledBecause={form.saveProblem}
          onClick={form.save}
        >
          Save changes
        </Button>
      </div>
    </Section>
  )
}

function Limits({ form: { values, field } }: { readonly form: ReturnType<typeof useKeyEdit> }) {
  return (
    <div className="grid max-w-2xl gap-4 sm:grid-cols-2">
      <TextField
        label="Expires"
        type="date"
        {...field('expires')}
        hint={values.expires === '' ? 'Never.' : 'Refused from the start of this day on, UTC.'}
      />
      <SelectField label="Weakest signature accepted" {...field('profile')} hint="RFC 9421 covers query and body.">
        <option value="">every profile</option>
        <option value="access-headers">access-headers</option>
        <option value="http-message-signatures">http-message-signatures (RFC 9421)</option>
      </SelectField>
      <TextField
        label="Bucket of its own: capacity"
        inputMode="decimal"
        {...field('capacity')}
        hint="Tokens. Empty: the account's bucket alone."
      />
      <TextField label="Refill" inputMode="decimal" {...field('refill')} hint="Tokens a second." />
    </div>
  )
}

function Changes({ changes }: { readonly changes: readonly string[] }) {
  return (
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
  )
}

import type { Account } from '@countersign/api'
import { deployment } from '../../deployment.ts'
import { Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { Options, SelectField, TextArea, TextField } from '../../ui/field.tsx'
import { AccountRefusal } from './account-refusal.tsx'
import { useAccountEdit } from './use-account-edit.ts'

/** The settings of an account that can be changed. */
export function EditAccount({ row }: { readonly row: Account }) {
  const form = useAccountEdit(row)
  const { field } = form
  return (
    <Section title="Settings">
      <div className="max-w-md space-y-4">
        <TextField label="Name" dir="auto" {...field('name')} />
        <TextField
          label="External id"
          className="font-mono"
          {...field('externalId')}
          hint="Your own id of this customer; X-Countersign-Account carries it."
        />
        <SelectField label="Tier" {...field('tier')}>
          <Options of={[...new Set([...deployment.tiers, row.usage_tier])]} />
        </SelectField>
        <TextArea
          label="Metadata"
          className="font-mono"
          rows={3}
          {...field('notes')}
          hint="One note a line, as name: text."
        />
        {form.error && <AccountRefusal error={form.error} />}
        <Button
          kind={form.hasChanges ? 'filled' : 'quiet'}
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

import { AUDIT_ACTIONS } from '@countersign/api/audit-actions'
import { Options, QuietLabel, SelectField, TextField } from '../../ui/field.tsx'
import type { useAuditSearch } from './use-audit-search.ts'

const ACTORS = ['account', 'operator', 'proof', 'link', 'command', 'server']

/** The filters of the audit events. */
export function AuditFilterBar({ form }: { readonly form: ReturnType<typeof useAuditSearch> }) {
  const { field } = form
  return (
    <search className="mb-4 grid grid-cols-2 items-end gap-3 lg:grid-cols-[10rem_12rem_1fr_10rem_10rem]">
      <SelectField label="Actor" isLabelHidden {...field('actor')}>
        <option value="">Actor: any</option>
        <Options of={ACTORS} />
      </SelectField>
      <SelectField label="Action" isLabelHidden {...field('action')}>
        <option value="">Action: any</option>
        <Options of={AUDIT_ACTIONS} />
      </SelectField>
      <div className="col-span-2 lg:col-span-1">
        <TextField
          label="Key id"
          isLabelHidden
          type="search"
          data-search=""
          placeholder="Key id"
          className="font-mono"
          value={form.keyId}
          onChange={(event) => form.setKeyId(event.target.value.trim())}
          error={form.keyIdProblem}
        />
      </div>
      <TextField label={<QuietLabel>From</QuietLabel>} type="date" {...field('from')} />
      <TextField label={<QuietLabel>To</QuietLabel>} type="date" {...field('to')} />
    </search>
  )
}

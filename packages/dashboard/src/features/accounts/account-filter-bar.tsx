import type { AccountFilters } from '../../api/queries.ts'
import { deployment } from '../../deployment.ts'
import { bindFields } from '../../ui/bind-fields.ts'
import { Options, SelectField, TextField } from '../../ui/field.tsx'
import { useTypedText } from '../../ui/use-typed-text.ts'

interface AccountFilterBarProps {
  readonly filters: AccountFilters
  readonly onChange: (filters: AccountFilters) => void
}

/** Search and filters of the list of accounts; they live in the address. */
export function AccountFilterBar({ filters, onChange }: AccountFilterBarProps) {
  const [text, setText] = useTypedText(filters.q ?? '', (q) => onChange({ ...filters, q }))
  const field = bindFields({ fields: filters, set: (part) => onChange({ ...filters, ...part }) })
  return (
    <search className="mb-4 flex flex-wrap gap-3">
      <div className="min-w-0 flex-1 basis-64">
        <TextField
          label="Search accounts"
          isLabelHidden
          type="search"
          data-search=""
          placeholder="Name or external id"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <div>
        <SelectField label="Tier" isLabelHidden {...field('usage_tier')}>
          <option value="">Tier: all</option>
          <Options of={deployment.tiers} />
        </SelectField>
      </div>
      <div>
        <SelectField label="State" isLabelHidden {...field('state')}>
          <option value="">State: all</option>
          <Options of={['active', 'suspended']} />
        </SelectField>
      </div>
    </search>
  )
}

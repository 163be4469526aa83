import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { accountPage, type KeyFilters } from '../../api/queries.ts'
import { withoutEmpty } from '../../api/without-empty.ts'
import { deployment } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { bindFields } from '../../ui/bind-fields.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Options, QuietLabel, SelectField, TextField } from '../../ui/field.tsx'
import { useIsPhone } from '../../ui/use-is-phone.ts'
import { useTypedText } from '../../ui/use-typed-text.ts'

interface KeyFilterBarProps {
  readonly filters: KeyFilters
  readonly isOperator: boolean
  readonly onChange: (filters: KeyFilters) => void
}

/** Search and filters of the list; they live in the address. */
export function KeyFilterBar({ filters, isOperator, onChange }: KeyFilterBarProps) {
  const [text, setText] = useTypedText(filters.q ?? '', (q) => onChange(withoutEmpty({ ...filters, q })))
  const [isSheetOpen, setSheetOpen] = useState(false)
  const isPhone = useIsPhone()

  const selects = (
    <Selects filters={filters} isOperator={isOperator} onChange={(next) => onChange(withoutEmpty(next))} />
  )
  return (
    <search className="mb-4 flex flex-wrap items-end gap-3">
      <div className={`min-w-0 flex-1 ${isOperator ? 'basis-full' : 'basis-64'}`}>
        <TextField
          label="Search keys"
          isLabelHidden
          type="search"
          data-search=""
          placeholder="Name, key id, fingerprint"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {isPhone ? (
        <>
          <Button onClick={() => setSheetOpen(true)}>Filters</Button>
          <Dialog
            isOpen={isSheetOpen}
            onClose={() => setSheetOpen(false)}
            title="Filters"
            actions={
              <>
                <Button onClick={() => onChange({})}>Clear filters</Button>
                <Button kind="filled" onClick={() => setSheetOpen(false)}>
                  Show keys
                </Button>
              </>
            }
          >
            <div className="space-y-4">{selects}</div>
          </Dialog>
        </>
      ) : (
        selects
      )}
    </search>
  )
}

function Selects({ filters, isOperator, onChange }: KeyFilterBarProps) {
  const field = bindFields({ fields: filters, set: (part) => onChange({ ...filters, ...part }) })
  return (
    <>
      {isOperator && <AccountSelect {...field('account_id')} />}
      <SelectField label="State" isLabelHidden {...field('state')}>
        <option value="">State: all</option>
        <Options of={['active', 'rotating', 'disabled', 'expired', 'revoked']} />
      </SelectField>
      <SelectField label="Scope" isLabelHidden {...field('scope')}>
        <option value="">Scope: any</option>
        <Options of={deployment.scopes} />
      </SelectField>
      <SelectField label="Type" isLabelHidden {...field('key_type')}>
        <option value="">Type: any</option>
        <Options
          of={[
            ['rsa', 'RSA'],
            ['ed25519', 'Ed25519'],
          ]}
        />
      </SelectField>
      {isOperator && (
        <>
          <DateField
            label="Last used before"
            value={filters.last_used_before}
            onChange={(at) => onChange({ ...filters, last_used_before: at })}
          />
          <DateField
            label="Expires before"
            value={filters.expires_before}
            onChange={(at) => onChange({ ...filters, expires_before: at })}
          />
        </>
      )}
    </>
  )
}

interface AccountSelectProps {
  readonly value: string
  readonly onChange: (event: { readonly target: { readonly value: string } }) => void
}

function AccountSelect({ value, onChange }: AccountSelectProps) {
  const { call } = useSession()
  const accounts = useQuery(accountPage(call, { limit: '500' }))
  const known = accounts.data?.accounts ?? []
  return (
    <SelectField label="Account" isLabelHidden value={value} onChange={onChange}>
      <option value="">Account: all</option>
      <Options of={known.map(({ account_id: id, name }) => [id, name])} />
      {value !== '' && !known.some(({ account_id: id }) => id === value) && <option value={value}>{value}</option>}
    </SelectField>
  )
}

interface DateFieldProps {
  readonly label: string
  /** Unix milliseconds as text. */
  readonly value: string | undefined
  readonly onChange: (value: string) => void
}

function DateField({ label, value, onChange }: DateFieldProps) {
  return (
    <TextField
      label={<QuietLabel>{label}</QuietLabel>}
      type="date"
      value={value === undefined ? '' : new Date(Number(value)).toISOString().slice(0, 10)}
      onChange={(event) => onChange(event.target.value === '' ? '' : String(Date.parse(event.target.value)))}
    />
  )
}

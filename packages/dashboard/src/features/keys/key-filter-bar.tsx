import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { accountPage, type KeyFilters } from '../../api/queries.ts'
import { deployment } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { useIsPhone } from '../../ui/use-is-phone.ts'

interface KeyFilterBarProps {
  readonly filters: KeyFilters
  readonly isOperator: boolean
  readonly onChange: (filters: KeyFilters) => void
}

const TYPING_MS = 200

/** Search and filters of the list; they live in the address. */
export function KeyFilterBar({ filters, isOperator, onChange }: KeyFilterBarProps) {
  const [text, setText] = useState(filters.q ?? '')
  const [isSheetOpen, setSheetOpen] = useState(false)
  const isPhone = useIsPhone()
  const { q = '' } = filters
  useEffect(() => setText(q), [q])
  useEffect(() => {
    if (text === q) return undefined
    const timer = setTimeout(() => onChange(without({ ...filters, q: text })), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, q, filters, onChange])

  const selects = <Selects filters={filters} isOperator={isOperator} onChange={(next) => onChange(without(next))} />
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
  const set = (name: keyof KeyFilters) => (event: { target: { value: string } }) =>
    onChange({ ...filters, [name]: event.target.value })
  return (
    <>
      {isOperator && <AccountSelect value={filters.account_id ?? ''} onChange={set('account_id')} />}
      <SelectField label="State" isLabelHidden value={filters.state ?? ''} onChange={set('state')}>
        <option value="">State: all</option>
        {['active', 'rotating', 'disabled', 'expired', 'revoked'].map((state) => (
          <option key={state} value={state}>
            {state}
          </option>
        ))}
      </SelectField>
      <SelectField label="Scope" isLabelHidden value={filters.scope ?? ''} onChange={set('scope')}>
        <option value="">Scope: any</option>
        {deployment.scopes.map((scope) => (
          <option key={scope} value={scope}>
            {scope}
          </option>
        ))}
      </SelectField>
      <SelectField label="Type" isLabelHidden value={filters.key_type ?? ''} onChange={set('key_type')}>
        <option value="">Type: any</option>
        <option value="rsa">RSA</option>
        <option value="ed25519">Ed25519</option>
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

function AccountSelect({
  value,
  onChange,
}: {
  readonly value: string
  readonly onChange: (event: { target: { value: string } }) => void
}) {
  const { call } = useSession()
  const accounts = useQuery(accountPage(call, { limit: '500' }))
  const known = accounts.data?.accounts ?? []
  return (
    <SelectField label="Account" isLabelHidden value={value} onChange={onChange}>
      <option value="">Account: all</option>
      {known.map(({ account_id: id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
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
      label={<span className="text-small font-normal text-muted">{label}</span>}
      type="date"
      value={value === undefined ? '' : new Date(Number(value)).toISOString().slice(0, 10)}
      onChange={(event) => onChange(event.target.value === '' ? '' : String(Date.parse(event.target.value)))}
    />
  )
}

/** Filters that are on. */
function without(filters: KeyFilters): KeyFilters {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value))
}

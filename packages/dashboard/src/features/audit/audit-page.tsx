import { AUDIT_ACTIONS } from '@countersign/api/audit-actions'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { type AuditFilters, AuditList } from '../../audit/audit-list.tsx'
import { deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { ChainStatus } from './chain-status.tsx'
import { ExportLog } from './export-log.tsx'

const route = getRouteApi('/audit')
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
const DAY_MS = 86_400_000
const ACTORS = ['account', 'operator', 'proof', 'link', 'command', 'server']

/** What was changed by whom: the account's own events, or all of them for operators. */
export function AuditPage() {
  const { isOperator, account } = useSession()
  useDocumentTitle('Audit', isOperator ? deploymentName : account.name)
  const { action, actor, about, from, to } = route.useSearch()
  const navigate = useNavigate({ from: '/audit' })
  const set = (name: string) => (event: { target: { value: string } }) =>
    navigate({ search: (before) => ({ ...before, [name]: event.target.value || undefined }), replace: true })
  const [sought, setSought] = useState(about ?? '')
  useEffect(() => setSought(about ?? ''), [about])
  const filters: AuditFilters = {
    ...(action && { action }),
    ...(actor && { actor_type: actor }),
    ...(about && { api_key_id: about }),
    ...(from && { from: String(Date.parse(from)) }),
    ...(to && { to: String(Date.parse(to) + DAY_MS) }),
  }
  return (
    <>
      <PageHeader title="Audit" actions={isOperator ? <ExportLog /> : undefined} />
      {isOperator && <ChainStatus />}
      <search className="mb-4 grid grid-cols-2 items-end gap-3 lg:grid-cols-[10rem_12rem_1fr_10rem_10rem]">
        <SelectField label="Actor" isLabelHidden value={actor ?? ''} onChange={set('actor')}>
          <option value="">Actor: any</option>
          {ACTORS.map((it) => (
            <option key={it}>{it}</option>
          ))}
        </SelectField>
        <SelectField label="Action" isLabelHidden value={action ?? ''} onChange={set('action')}>
          <option value="">Action: any</option>
          {AUDIT_ACTIONS.map((it) => (
            <option key={it}>{it}</option>
          ))}
        </SelectField>
        <div className="col-span-2 lg:col-span-1">
          <TextField
            label="Key id"
            isLabelHidden
            type="search"
            data-search=""
            placeholder="Key id"
            className="font-mono"
            value={sought}
            onChange={(event) => {
              const text = event.target.value.trim()
              setSought(text)
              if (text === '' || UUID.test(text)) set('about')({ target: { value: text } })
            }}
            error={sought !== '' && !UUID.test(sought) ? 'A whole key id, as the copy button gives it.' : undefined}
          />
        </div>
        <TextField
          label={<span className="text-small font-normal text-muted">From</span>}
          type="date"
          value={from ?? ''}
          onChange={set('from')}
        />
        <TextField
          label={<span className="text-small font-normal text-muted">To</span>}
          type="date"
          value={to ?? ''}
          onChange={set('to')}
        />
      </search>
      <AuditList filters={filters} />
    </>
  )
}

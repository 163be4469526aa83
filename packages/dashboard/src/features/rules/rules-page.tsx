import type { ExplainedRule, LoadedRule, RuleTable } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { queryOptions, skipToken, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Call } from '../../api/connection.ts'
import { deploymentName, publicBasePath } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Loaded, NotFound, Refusal, Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { count } from '../../ui/numbers.ts'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { StateIcon } from '../../ui/state-icon.tsx'
import { Time } from '../../ui/time.tsx'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

function ruleTable(call: Call) {
  return queryOptions({ queryKey: ['rules'], queryFn: () => call(calls.getRules) })
}

/** The rules and tiers as they were loaded, and a rule explained; for operators. */
export function RulesPage() {
  const { isOperator } = useSession()
  return isOperator ? <Rules /> : <NotFound />
}

function Rules() {
  const { call } = useSession()
  useDocumentTitle('Rules and tiers', deploymentName)
  const query = useQuery(ruleTable(call))
  return (
    <>
      <PageHeader
        title="Rules and tiers"
        detail={query.data && query.data.rules.length > 0 ? count(query.data.rules.length) : undefined}
      />
      <div className="space-y-6">
        <Explain table={query.data} />
        <Loaded query={query} what="Rules" skeleton={<div className="skeleton h-72" />}>
          {(table) => (
            <>
              <RuleList table={table} />
              <Tiers table={table} />
            </>
          )}
        </Loaded>
      </div>
    </>
  )
}

function Explain({ table }: { readonly table: RuleTable | undefined }) {
  const { call } = useSession()
  const [method, setMethod] = useState('GET')
  const [target, setTarget] = useState(`${publicBasePath}/portfolio/orders`)
  const [asked, setAsked] = useState<{ readonly method: string; readonly target: string }>()
  const explained = useQuery({
    queryKey: ['rules', 'explained', asked],
    queryFn: asked ? () => call(calls.explainRule, { query: asked }) : skipToken,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked({ method, target })
  }
  return (
    <Section title="Explain">
      <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
        <div className="w-28">
          <SelectField label="Method" value={method} onChange={(event) => setMethod(event.target.value)}>
            {METHODS.map((it) => (
              <option key={it}>{it}</option>
            ))}
          </SelectField>
        </div>
        <div className="min-w-0 flex-1 basis-64">
          <TextField
            label="Path and query"
            data-search=""
            className="font-mono"
            autoComplete="off"
            spellCheck={false}
            value={target}
            onChange={(event) => setTarget(event.target.value)}
          />
        </div>
        <Button kind="filled" type="submit" disabled={target === ''}>
          Explain
        </Button>
      </form>
      <div aria-live="polite" className="mt-4 min-h-6">
        {explained.error && <Refusal error={explained.error} />}
        {explained.data && <Explained explained={explained.data} defaultsHold={table?.rules.length === 0} />}
      </div>
    </Section>
  )
}

function Explained({ explained, defaultsHold }: { readonly explained: ExplainedRule; readonly defaultsHold: boolean }) {
  const { passed_over: passedOver, rule, needs, refused } = explained
  return (
    <div className="space-y-1">
      {needs && (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <StateIcon shape="active" className="text-ok-graphic" />
          <span className="font-medium">{rule ? `Rule ${rule.number}` : 'The defaults'}</span>
          {rule && <span className="font-mono text-mono">{rule.match}</span>}
          <span>
            {needs.scope === undefined ? 'any key' : `scope ${needs.scope}`} · {count(needs.cost)} tokens from{' '}
            {needs.bucket} · replay {needs.replay}
            {needs.minimum_profile && ` · ${needs.minimum_profile} at least`}
          </span>
        </p>
      )}
      {explained.public && rule && (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <StateIcon shape="active" className="text-ok-graphic" />
          <span className="font-medium">Rule {rule.number}</span>
          <span className="font-mono text-mono">{rule.match}</span>
          <span>public: no signature is asked for</span>
        </p>
      )}
      {refused && (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <StateIcon shape="revoked" className="text-bad-graphic" />
          {refused.code === 'target_not_canonical' ? (
            <span>
              Refused before any rule: <span className="font-mono text-mono">target_not_canonical</span>
              {refused.details && `, ${refused.details}`}.
            </span>
          ) : (
            <span>
              {rule ? `Rule ${rule.number} refuses it` : 'No rule matches: refused'}, {refused.status}{' '}
              <span className="font-mono text-mono">{refused.code}</span>
              {refused.details && `, ${refused.details}`}
            </span>
          )}
        </p>
      )}
      {passedOver.length > 0 && (
        <p className="text-muted">
          {passedOver.length === 1 ? 'rule 1' : `rules 1 to ${passedOver.length}`} passed over:{' '}
          {passedOver.map(({ why }) => why).join(', ')}
        </p>
      )}
      {!rule && needs && defaultsHold && (
        <p className="text-muted">No rules are configured: GET and HEAD need read, all else write.</p>
      )}
    </div>
  )
}

function RuleList({ table }: { readonly table: RuleTable }) {
  const where = (
    <span className="text-small text-muted">
      {table.file ? <span className="font-mono">{table.file}</span> : 'no configuration file'}, loaded{' '}
      <Time at={table.loaded_at} />
    </span>
  )
  if (table.rules.length === 0) {
    return (
      <Section title="Rules" aside={where}>
        <p className="text-muted">
          No rules are configured: GET and HEAD need read, all else write. Each request takes{' '}
          {count(table.default_cost)} tokens.
        </p>
      </Section>
    )
  }
  return (
    <Section title="Rules" aside={where}>
      <div role="group" aria-label="Rules" tabIndex={0} className="-mx-4 overflow-x-auto px-4 sm:mx-0 sm:px-0">
        <table className="w-full text-left">
          <thead className="text-small text-muted">
            <tr>
              {['#', 'Match', 'Scope', 'Tokens', 'Bucket', 'Replay', 'Profile'].map((name) => (
                <th
                  key={name}
                  scope="col"
                  className={`h-9 pr-4 font-medium whitespace-nowrap ${name === 'Tokens' || name === '#' ? 'text-right' : ''}`}
                >
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rules.map((rule) => (
              <RuleRow key={rule.number} rule={rule} defaultCost={table.default_cost} />
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-4 text-small text-muted">
        The first match counts. What matches none is refused with 403 route_not_allowed.
      </p>
    </Section>
  )
}

function RuleRow({ rule, defaultCost }: { readonly rule: LoadedRule; readonly defaultCost: number }) {
  return (
    <tr className="border-t border-line">
      <td className="h-9 pr-4 text-right text-muted">{rule.number}</td>
      <td className="pr-4 font-mono text-mono whitespace-nowrap">
        {rule.match}
        {rule.under === 'root' && <span className="text-muted"> from the root</span>}
        {rule.query === 'refuse' && <span className="text-muted"> without query</span>}
      </td>
      {rule.public ? (
        <td colSpan={5}>public: no signature is asked for</td>
      ) : (
        <>
          <td className="pr-4 font-mono text-mono">{rule.scope ?? 'any key'}</td>
          <td className="pr-4 text-right">{count(rule.cost ?? defaultCost)}</td>
          <td className="pr-4">{rule.bucket ?? 'by method'}</td>
          <td className="pr-4">{rule.replay ?? 'by method'}</td>
          <td className="font-mono text-mono whitespace-nowrap">{rule.minimum_profile ?? 'every'}</td>
        </>
      )}
    </tr>
  )
}

function Tiers({ table }: { readonly table: RuleTable }) {
  const buckets = [...new Set(table.tiers.flatMap((tier) => tier.buckets.map(({ name }) => name)))]
  return (
    <Section title="Tiers">
      <div role="group" aria-label="Tiers" tabIndex={0} className="-mx-4 overflow-x-auto px-4 sm:mx-0 sm:px-0">
        <table className="w-full text-right">
          <thead className="text-small text-muted">
            <tr>
              <th scope="col" className="h-9 pr-4 text-left font-medium">
                Tier
              </th>
              {buckets.map((name) => (
                <th key={name} scope="col" className="pl-4 font-medium whitespace-nowrap">
                  {name}: tokens, a second
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.tiers.map((tier) => (
              <tr key={tier.name} className="border-t border-line">
                <th scope="row" className="h-9 pr-4 text-left font-normal">
                  {tier.name}
                </th>
                {buckets.map((name) => {
                  const bucket = tier.buckets.find((it) => it.name === name)?.bucket
                  return (
                    <td key={name} className="pl-4 whitespace-nowrap">
                      {bucket ? `${count(bucket.bucket_capacity)}, ${count(bucket.refill_rate)}` : 'none'}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

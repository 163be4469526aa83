import type { LoadedRule, RuleTable } from '@countersign/api'
import { Section } from '../../ui/blocks.tsx'
import { count } from '../../ui/numbers.ts'
import { Time } from '../../ui/time.tsx'

/** The rules in their order, as they were loaded. */
export function RuleList({ table }: { readonly table: RuleTable }) {
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

import type { RuleTable } from '@countersign/api'
import { Section } from '../../ui/blocks.tsx'
import { count } from '../../ui/numbers.ts'

/** The token buckets of each tier. */
export function TierTable({ table }: { readonly table: RuleTable }) {
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

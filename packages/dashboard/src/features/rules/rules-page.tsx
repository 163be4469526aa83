import * as calls from '@countersign/api/calls'
import { queryOptions, useQuery } from '@tanstack/react-query'
import type { Call } from '../../api/connection.ts'
import { deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Loaded, NotFound } from '../../ui/blocks.tsx'
import { count } from '../../ui/numbers.ts'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { ExplainRule } from './explain-rule.tsx'
import { RuleList } from './rule-list.tsx'
import { TierTable } from './tier-table.tsx'

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
        <ExplainRule hasRules={query.data?.rules.length !== 0} />
        <Loaded query={query} what="Rules" skeleton={<div className="skeleton h-72" />}>
          {(table) => (
            <>
              <RuleList table={table} />
              <TierTable table={table} />
            </>
          )}
        </Loaded>
      </div>
    </>
  )
}

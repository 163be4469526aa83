import type { ExplainedRule as Explained } from '@countersign/api'
import type { ReactNode } from 'react'
import { count } from '../../ui/numbers.ts'
import { StateIcon } from '../../ui/state-icon.tsx'

interface ExplainedRuleProps {
  readonly explained: Explained
  /** Whether rules are configured. */
  readonly hasRules: boolean
}

/** Which rule decides about a request, what it needs or why it is refused, and which rules did not match. */
export function ExplainedRule({ explained, hasRules }: ExplainedRuleProps) {
  const { passed_over: passedOver, rule, needs, refused } = explained
  return (
    <div className="space-y-1">
      {needs && (
        <Line isAllowed>
          <span className="font-medium">{rule ? `Rule ${rule.number}` : 'The defaults'}</span>
          {rule && <Bytes>{rule.match}</Bytes>}
          <span>
            {needs.scope === undefined ? 'any key' : `scope ${needs.scope}`} · {count(needs.cost)} tokens from{' '}
            {needs.bucket} · replay {needs.replay}
            {needs.minimum_profile && ` · ${needs.minimum_profile} at least`}
          </span>
        </Line>
      )}
      {explained.public && rule && (
        <Line isAllowed>
          <span className="font-medium">Rule {rule.number}</span>
          <Bytes>{rule.match}</Bytes>
          <span>public: no signature is asked for</span>
        </Line>
      )}
      {refused && (
        <Line>
          {refused.code === 'target_not_canonical' ? (
            <span>
              Refused before any rule: <Bytes>{refused.code}</Bytes>
              {refused.details && `, ${refused.details}`}.
            </span>
          ) : (
            <span>
              {rule ? `Rule ${rule.number} refuses it` : 'No rule matches: refused'}, {refused.status}{' '}
              <Bytes>{refused.code}</Bytes>
              {refused.details && `, ${refused.details}`}
            </span>
          )}
        </Line>
      )}
      {passedOver.length > 0 && (
        <p className="text-muted">
          {passedOver.length === 1 ? 'rule 1' : `rules 1 to ${passedOver.length}`} passed over:{' '}
          {passedOver.map(({ why }) => why).join(', ')}
        </p>
      )}
      {!rule && needs && !hasRules && (
        <p className="text-muted">No rules are configured: GET and HEAD need read, all else write.</p>
      )}
    </div>
  )
}

function Line({ isAllowed = false, children }: { readonly isAllowed?: boolean; readonly children: ReactNode }) {
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <StateIcon
        shape={isAllowed ? 'active' : 'revoked'}
        className={isAllowed ? 'text-ok-graphic' : 'text-bad-graphic'}
      />
      {children}
    </p>
  )
}

function Bytes({ children }: { readonly children: string }) {
  return <span className="font-mono text-mono">{children}</span>
}

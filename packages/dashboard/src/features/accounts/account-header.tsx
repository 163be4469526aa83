import type { Account } from '@countersign/api'
import { Link } from '@tanstack/react-router'
import { useSession } from '../../session/session.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy-field.tsx'
import { LastUsed } from '../../ui/last-used.tsx'
import { count } from '../../ui/numbers.ts'
import { StateBadge } from '../../ui/state-badge.tsx'

/** Who an account is, and what is made for it: keys and sign-in links. */
export function AccountHeader({ account, onMakeLink }: { readonly account: Account; readonly onMakeLink: () => void }) {
  const { writeProblem } = useSession()
  return (
    <header className="mb-6">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <h1 id="page-title" tabIndex={-1} className="min-w-0 text-display break-words">
          <bdi dir="auto">{account.name}</bdi>
        </h1>
        <div className="flex flex-wrap gap-3 max-sm:order-first max-sm:w-full">
          {!writeProblem && !account.operator && (
            <Link to="/keys/new" search={{ account_id: account.account_id }} className={buttonClass('quiet')}>
              New key
            </Link>
          )}
          <Button kind="filled" onClick={onMakeLink} disabledBecause={writeProblem ?? linkProblem(account)}>
            Make sign-in link
          </Button>
        </div>
      </div>
      <p className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-muted">
        <StateBadge state={account.state} />
        <span>
          external id <span className="font-mono text-mono break-all text-text">{account.external_id ?? 'none'}</span>
        </span>
        <span>tier {account.usage_tier}</span>
        <span>
          Keys {count(account.api_keys)} · last request <LastUsed at={account.last_used_at} />
        </span>
      </p>
      <p className="mt-1 text-muted">
        <CopyField value={account.account_id} label="account id" />
      </p>
    </header>
  )
}

function linkProblem({ operator, state }: Account): string | undefined {
  if (operator) return 'Links for operators are made on the server.'
  return state === 'suspended' ? 'A suspended account cannot sign in.' : undefined
}

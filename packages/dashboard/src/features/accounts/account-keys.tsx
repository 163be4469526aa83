import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { keyPage } from '../../api/queries.ts'
import { badgeOf, keyTypeWords } from '../../keys/key-words.ts'
import { useSession } from '../../session/session.tsx'
import { Empty, Loaded } from '../../ui/blocks.tsx'
import { shortId } from '../../ui/ids.ts'
import { KeyMark } from '../../ui/key-mark.tsx'
import { LINK } from '../../ui/link-class.ts'
import { Name } from '../../ui/name.tsx'
import { count } from '../../ui/numbers.ts'
import { StateBadge } from '../../ui/state-badge.tsx'
import { Time } from '../../ui/time.tsx'

const route = getRouteApi('/accounts/$id/')
const SHOWN = 20

/** The first keys of an account. */
export function AccountKeys() {
  const { call } = useSession()
  const { id } = route.useParams()
  const query = useQuery(keyPage(call, true, { account_id: id, limit: String(SHOWN) }))
  return (
    <Loaded query={query} what="Keys" skeleton={<div className="skeleton h-48" />}>
      {({ api_keys: keys, total }) =>
        total === 0 ? (
          <Empty title="No keys yet">This customer makes them after signing in, or you make the first one.</Empty>
        ) : (
          <div className="rounded-panel border border-line bg-surface">
            <ul className="divide-y divide-line">
              {keys.map((row) => (
                <li key={row.api_key_id} className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
                  <KeyMark fingerprint={row.fingerprint} size={32} />
                  <Link
                    to="/keys/$id"
                    params={{ id: row.api_key_id }}
                    data-row-link={row.api_key_id}
                    className="min-w-0 flex-1 basis-40 rounded-chip font-medium hover:text-ink"
                  >
                    <Name>{row.name}</Name>
                  </Link>
                  <span className="font-mono text-small text-muted">{shortId(row.api_key_id)}</span>
                  <span className="w-24">
                    <StateBadge state={badgeOf(row)} />
                  </span>
                  <span className="w-20 text-muted">{keyTypeWords(row)}</span>
                  <span className="w-24 text-muted">
                    {row.last_used_at === undefined ? 'never used' : <Time at={row.last_used_at} plain />}
                  </span>
                </li>
              ))}
            </ul>
            {total > SHOWN && (
              <p className="border-t border-line p-3 text-center">
                <Link to="/keys" search={{ account_id: id }} className={LINK}>
                  All {count(total)} keys
                </Link>
              </p>
            )}
          </div>
        )
      }
    </Loaded>
  )
}

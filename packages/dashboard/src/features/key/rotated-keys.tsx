import type { Rotation } from '@countersign/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { keyDetails } from '../../api/queries.ts'
import { useSession } from '../../session/session.tsx'
import { groupedFingerprint } from '../../ui/ids.ts'
import { KeyMark } from '../../ui/key-mark.tsx'

/** The old and the new key of a rotation, side by side. */
export function RotatedKeys({ rotation }: { readonly rotation: Rotation }) {
  return (
    <div className="grid items-center gap-4 md:grid-cols-[1fr_auto_1fr]">
      <Side title="Old key" id={rotation.old_api_key_id} />
      <span aria-hidden="true" className="text-title text-muted max-md:rotate-90 max-md:justify-self-center">
        →
      </span>
      <Side title="New key" id={rotation.new_api_key_id} />
    </div>
  )
}

function Side({ title, id }: { readonly title: string; readonly id: string }) {
  const { call, isOperator } = useSession()
  const row = useQuery(keyDetails(call, isOperator, id)).data
  return (
    <div className="flex min-w-0 items-start gap-4 rounded-control bg-sunken p-4">
      {row ? (
        <KeyMark fingerprint={row.fingerprint} size={64} />
      ) : (
        <span className="skeleton size-16 shrink-0 rounded-full" />
      )}
      <div className="min-w-0">
        <h3 className="font-medium">{title}</h3>
        <Link
          to="/keys/$id"
          params={{ id }}
          className="rounded-chip font-mono text-small break-all text-ink underline hover:text-ink-hover"
        >
          {id}
        </Link>
        <p className="mt-1 font-mono text-small text-muted">{row && groupedFingerprint(row.fingerprint)}</p>
      </div>
    </div>
  )
}

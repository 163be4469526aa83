import type { ApiKeyDetails } from '@countersign/api'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'

const REASONS: Readonly<Record<string, string>> = {
  key_compromise: 'compromised',
  superseded: 'replaced',
  unspecified: 'other',
}

/** Why a key no longer works. */
export function KeyEnding({ row }: { readonly row: ApiKeyDetails }) {
  const { state, expires_at: expiresAt, revoked_reason: reason = 'unknown', revoked_note: note } = row
  if (state === 'revoked') {
    return (
      <Notice tone="bad" title="Revoked for good">
        Reason: {REASONS[reason] ?? reason}
        {note && `, "${note}"`}
        {row.revoked_at !== undefined && (
          <>
            , <Time at={row.revoked_at} mode="full" />
          </>
        )}
        .
      </Notice>
    )
  }
  if (state === 'expired' && expiresAt !== undefined) {
    return (
      <Notice tone="warn" title="Expired">
        Its requests are refused since <Time at={expiresAt} mode="full" />. Make a new key.
      </Notice>
    )
  }
  if (state !== 'disabled') return null
  return (
    <Notice tone="info" title="Disabled">
      {row.disabled_by === 'operator'
        ? 'An operator disabled it, and only an operator enables it again.'
        : 'Its requests are refused until it is enabled under Settings.'}
    </Notice>
  )
}

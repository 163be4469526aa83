import { EditKey } from './edit-key.tsx'
import { EndKey } from './end-key.tsx'
import { useKey } from './use-key.ts'

/** What can be changed about a key, and, apart from that, how it ends. */
export function KeySettings() {
  const key = useKey().data
  if (!key) return null
  return (
    <div className="space-y-6">
      {key.state !== 'revoked' && <EditKey key={key.api_key_id} row={key} />}
      <EndKey row={key} />
    </div>
  )
}

import { EditAccount } from './edit-account.tsx'
import { SuspendAccount } from './suspend-account.tsx'
import { useAccount } from './use-account.ts'

/** What can be changed about an account, and, apart from that, its suspension. */
export function AccountSettings() {
  const account = useAccount().data
  if (!account) return null
  return (
    <div className="space-y-6">
      <EditAccount key={account.account_id} row={account} />
      <SuspendAccount row={account} />
    </div>
  )
}

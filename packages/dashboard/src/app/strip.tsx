import { ApiError } from '@countersign/client'
import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { whoAmI } from '../api/queries.ts'
import { clockOffsetMs, onClockCorrected } from '../api/server-clock.ts'
import { deployment } from '../deployment.ts'
import { usePreference } from '../preferences.ts'
import { useSession } from '../session/session.tsx'
import { useIsOnline } from '../ui/online.ts'
import { StateIcon } from '../ui/state-icon.tsx'
import { clockTime, duration } from '../ui/times.ts'
import { useNow } from '../ui/use-now.ts'

const LAST_MINUTES_MS = 5 * 60_000
const NOTABLE_CLOCK_MS = 5_000

/** One line under the header: the worst of what is wrong now. */
export function Strip() {
  const session = useSession()
  const isOnline = useIsOnline()
  const [zone] = usePreference('times')
  const now = useNow(15_000)
  const offset = useSyncExternalStore(onClockCorrected, clockOffsetMs)
  const who = useQuery(whoAmI(session.call))
  const isSuspended = who.error instanceof ApiError && who.error.details === 'ACCOUNT_SUSPENDED'

  if (!isOnline) {
    const at = clockTime(who.dataUpdatedAt || Date.now(), zone)
    return <Line tone="warn">Offline. This is how it was at {at}. Changes wait until the connection is back.</Line>
  }
  if (session.isOperator && deployment.mode === 'observe') {
    return <Line tone="warn">Observe mode: decisions are logged, nothing is refused.</Line>
  }
  if (isSuspended) {
    return <Line tone="warn">This account is suspended: all its keys are refused with ACCOUNT_SUSPENDED.</Line>
  }
  if (session.expiresAt - now < LAST_MINUTES_MS) {
    return (
      <Line tone="warn">
        This session ends at {clockTime(session.expiresAt, zone)}. Open a new sign-in link to go on.
      </Line>
    )
  }
  if (Math.abs(offset) > NOTABLE_CLOCK_MS) {
    return (
      <Line tone="info">
        This computer's clock is {duration(Math.abs(offset))} {offset > 0 ? 'behind' : 'ahead of'} the server. This page
        corrects for it; your programs do not, and are refused beyond {duration(deployment.windowMs)}.
      </Line>
    )
  }
  if (!session.may('write')) {
    return <Line tone="info">This session may only read. Ask for a link with write to make changes.</Line>
  }
  return null
}

function Line({ tone, children }: { readonly tone: 'warn' | 'info'; readonly children: React.ReactNode }) {
  const isWarning = tone === 'warn'
  return (
    <div
      role="status"
      className={`flex items-center gap-2 border-b border-line px-4 py-2 md:px-6 ${isWarning ? 'bg-warn-soft' : 'bg-info-soft'}`}
    >
      <StateIcon
        shape={isWarning ? 'attention' : 'info'}
        className={isWarning ? 'text-warn-graphic' : 'text-info-graphic'}
      />
      <span>{children}</span>
    </div>
  )
}

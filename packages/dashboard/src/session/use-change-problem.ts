import { useIsOnline } from '../ui/online.ts'
import { useSession } from './session.tsx'

/** Why nothing can be changed now; `undefined` where changes can be made. */
export function useChangeProblem(): string | undefined {
  const { writeProblem } = useSession()
  const isOnline = useIsOnline()
  return writeProblem ?? (isOnline ? undefined : 'Changes wait until the connection is back.')
}

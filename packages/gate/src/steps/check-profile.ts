import type { Profile } from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'

/** The order of profiles by strength: access headers do not sign query and body. */
const STRENGTH: Readonly<Record<Profile, number>> = { 'access-headers': 0, 'http-message-signatures': 1 }

/** Refuses a profile that is weaker than the key or the route requires. */
export function checkProfile(used: Profile, ...minimums: (Profile | undefined)[]): Denied | undefined {
  for (const minimum of minimums) {
    if (minimum && STRENGTH[used] < STRENGTH[minimum]) return denied('profile_not_accepted', minimum)
  }
  return undefined
}

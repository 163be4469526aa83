import type { Profile } from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'

/** What each profile protects, compared: access headers leave query and body out. */
const STRENGTH: Readonly<Record<Profile, number>> = { 'access-headers': 0, 'http-message-signatures': 1 }

/** Refuses a profile weaker than the one that the key, or the route, asks for. */
export function checkProfile(used: Profile, ...minimums: (Profile | undefined)[]): Denied | undefined {
  for (const minimum of minimums) {
    if (minimum && STRENGTH[used] < STRENGTH[minimum]) return denied('profile_not_accepted', minimum)
  }
  return undefined
}

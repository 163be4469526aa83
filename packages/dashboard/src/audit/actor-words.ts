import type { AccountAuditEvent } from '@countersign/api'
import { shortId } from '../ui/ids.ts'

/** Who acted, as far as it is proven: "by operator 3f0b6f0e", "by browser Chrome on macOS". */
export function actorWords(actor: AccountAuditEvent['actor'], browser: string | undefined): string {
  if (browser !== undefined)
    return actor.type === 'operator' ? `by operator, browser ${browser}` : `by browser ${browser}`
  const key = actor.api_key_id === undefined ? '' : ` ${shortId(actor.api_key_id)}`
  switch (actor.type) {
    case 'account':
      return `by key${key}`
    case 'operator':
      return `by operator${key}`
    case 'proof':
      return 'by proof of possession'
    case 'link':
      return 'by a sign-in link'
    case 'command':
      return 'by a command on the database'
    default:
      return 'by the server'
  }
}

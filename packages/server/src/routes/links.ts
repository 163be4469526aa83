import * as calls from '@countersign/api/calls'
import { denied } from '@countersign/gate'
import { createLink } from '../actions/create-link.ts'
import { previewLink } from '../actions/preview-link.ts'
import type { ServerContext } from '../server-context.ts'
import { linkUrl } from '../sessions/link-code.ts'
import type { AddCall } from './add-call.ts'
import type { limitAddress } from './limit-address.ts'

/** Sign-in links: the purpose of one, and making one for a customer. */
export function addLinkCalls(addCall: AddCall, context: ServerContext, limit: ReturnType<typeof limitAddress>): void {
  addCall(calls.previewLink, ({ body }) => previewLink(context, body.code_sha256), [limit])

  addCall(calls.createLink, async ({ body, actor, host }) => {
    // Without a public URL the host comes from the request, and the operator's signature covers it.
    const origin = context.settings.publicUrl ?? `http://${host}`
    if (!URL.canParse(origin)) return denied('request_malformed', 'the Host header is none')
    const made = await createLink(context, actor, body)
    if ('denied' in made) return made
    return { link_id: made.linkId, url: linkUrl(new URL(origin).origin, made.code), expires_at: made.expiresAt }
  })
}

import * as calls from '@countersign/api/calls'
import { endOtherSessions, endSession } from '../actions/end-sessions.ts'
import { listAccountSessions, listSessions } from '../actions/list-sessions.ts'
import { startSession } from '../actions/start-session.ts'
import type { ServerContext } from '../server-context.ts'
import { NONCE_HEADER } from '../sessions/server-nonce.ts'
import { type AddCall, orNotFound } from './add-call.ts'
import type { limitAddress } from './limit-address.ts'

/** Signing a browser in by a link, and out (docs/security.md "Links and sessions"). */
export function addSessionCalls(
  addCall: AddCall,
  context: ServerContext,
  limit: ReturnType<typeof limitAddress>,
): void {
  addCall(
    calls.startSession,
    async ({ body, ip, setHeader }) => {
      const started = await startSession(context, body, ip)
      if (!('denied' in started)) setHeader(NONCE_HEADER, context.nonces.make(context.now()))
      return started
    },
    [limit],
  )
  addCall(calls.listSessions, async ({ actor }) => ({
    sessions: await listSessions(context, actor.accountId, actor.keyId),
  }))
  addCall(calls.endSession, ({ params, actor }) => endSession(context, actor, actor.accountId, params.session))
  addCall(calls.endOtherSessions, async ({ actor }) => ({
    ended: await endOtherSessions(context, actor, actor.accountId),
  }))

  addCall(calls.listAccountSessions, async ({ params, actor }) => {
    const sessions = await listAccountSessions(context, params.account, actor.keyId)
    return orNotFound(sessions && { sessions })
  })
  addCall(calls.endAccountSession, ({ params: { account, session }, actor }) =>
    endSession(context, actor, account, session),
  )
}

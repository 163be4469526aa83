import * as calls from '@countersign/api/calls'
import { whoAmI } from '../actions/who-am-i.ts'
import type { ServerContext } from '../server-context.ts'
import type { AddCall } from './add-call.ts'

/** The signer of a request. */
export function addWhoAmICall(addCall: AddCall, context: ServerContext): void {
  addCall(calls.whoAmI, ({ actor }) => whoAmI(context, actor))
}

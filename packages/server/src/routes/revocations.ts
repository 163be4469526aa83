import { createRevocation } from '@countersign/api/calls'
import { revokeByProof } from '../actions/revoke-by-proof.ts'
import type { ServerContext } from '../server-context.ts'
import type { AddCall } from './add-call.ts'
import { limitAddress } from './limit-address.ts'

/** How many calls an address may make: this many at once, and one more every 5 s. Each costs a verification. */
const PER_ADDRESS = { capacity: 20, refillPerSecond: 0.2 }

/** Revocation by the holder of the private key (docs/wire.md section 7). Public, and limited by address. */
export function addRevocationCalls(addCall: AddCall, context: ServerContext): void {
  addCall(
    createRevocation,
    async ({ body, ip }) => {
      const status = await revokeByProof(context, body, ip)
      return typeof status === 'string' ? { status } : status
    },
    [limitAddress(context, PER_ADDRESS, 'too_many_failures')],
  )
}

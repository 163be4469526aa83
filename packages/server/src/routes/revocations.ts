import { createRevocation } from '@countersign/api/calls'
import { addressPrefix, createMemoryAdmission, denied } from '@countersign/gate'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { revokeByProof } from '../actions/revoke-by-proof.ts'
import { sendRefusal } from '../http/problem.ts'
import type { ServerContext } from '../server-context.ts'
import type { AddCall } from './add-call.ts'

/** Calls of one address that are answered: so many at once, and one more each 5 s. Each costs a verification. */
const PER_ADDRESS = { capacity: 20, refillPerSecond: 0.2 }

/** Revocation by whoever holds the private key (docs/wire.md section 7). Public, and limited per address. */
export function addRevocationCalls(addCall: AddCall, context: ServerContext): void {
  const admission = createMemoryAdmission()

  async function limit({ ip }: FastifyRequest): Promise<number | undefined> {
    const charge = { ...PER_ADDRESS, name: 'revocations', bucket: addressPrefix(ip), cost: 1 }
    const outcome = admission.admit({ accountId: '', charges: [charge] })
    if (outcome.outcome === 'limited') return Math.max(1, Math.ceil(outcome.waitMs / 1000))
    return outcome.outcome === 'full' ? 1 : undefined
  }

  const refuseFloods = async (request: FastifyRequest, reply: FastifyReply) => {
    const retryAfterSeconds = await limit(request)
    if (retryAfterSeconds === undefined) return undefined
    return sendRefusal(request, reply, { ...denied('too_many_failures'), retryAfterSeconds })
  }

  addCall(
    createRevocation,
    async ({ body, ip }) => {
      const status = await revokeByProof(context, body, ip)
      return typeof status === 'string' ? { status } : status
    },
    [refuseFloods],
  )
}

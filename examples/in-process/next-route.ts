// app/portfolio/balance/route.ts of a Next application
import { createGate } from '@countersign/gate'
import { decideRequest, refusalResponse } from '@countersign/gate/fetch'
import { openKeySource } from '@countersign/server'

const gate = createGate({ keys: await openKeySource('sqlite:data/countersign.db') })

export async function GET(request: Request): Promise<Response> {
  // Next does not say who is connected: take the address from the header that your own proxy sets, and from no other.
  const ip = request.headers.get('x-real-ip') ?? ''
  const decision = await decideRequest(gate, request, { ip })
  if ('denied' in decision) return refusalResponse(decision)
  return Response.json({ balance: 10_000, account: decision.allowed?.accountId })
}

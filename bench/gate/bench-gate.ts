import {
  compileRules,
  createGate,
  createMemoryAdmission,
  createMemoryKeySource,
  type Gate,
  type GateRequest,
  type Network,
  parseNetwork,
} from '@countersign/gate'
import type { Kind, SignedHeaders, Signer } from './requests.ts'
import { TARGET } from './requests.ts'

/** As many rules as a trading API has kinds of routes; the one that is asked for is the last but two. */
const ROUTES = ['events', 'markets', 'series', 'trades', 'milestones', 'exchange/status', 'portfolio/balance']
const RULES = compileRules(
  [
    ...ROUTES.flatMap((route) => [
      { match: `GET /${route}`, scope: 'read' },
      { match: `GET /${route}/*`, scope: 'read', cost: 2 },
    ]),
    { match: 'GET /portfolio/orders', scope: 'read' },
    { match: 'POST /portfolio/orders', scope: 'write::trade', cost: 10 },
    { match: 'DELETE /portfolio/orders/*', scope: 'write::trade', cost: 2 },
    { match: '* /portfolio/**', scope: 'write' },
  ],
  '/trade-api/v2',
)

const IP = '203.0.113.9'
const ALLOWLIST = ['2001:db8::/32', '198.51.100.0/24', '203.0.113.0/24'].map((text) => parseNetwork(text) as Network)
const HUGE = { capacity: 1e9, refillPerSecond: 100 }
const WINDOW_MS = 3_600_000

/** A gate that knows one key, with every step on: rules, abuse, allowlist, two buckets, replay protection. */
export function createBenchGate(kind: Kind, { keyId, verifying }: Signer): Gate {
  const keys = createMemoryKeySource()
  keys.put({
    ...{ keyId, accountId: 'account', key: verifying, scopes: ['read', 'write'], state: 'active' },
    ...{ accountSuspended: false, tier: 'prime', ipAllowlist: ALLOWLIST, bucket: HUGE },
    expiresAtMs: Date.now() + WINDOW_MS,
    minimumProfile: kind === 'access-headers rsa' ? 'access-headers' : 'http-message-signatures',
  })
  return createGate({
    keys,
    rules: RULES,
    bucketsOf: () => ({ read: HUGE, write: HUGE }),
    windowMs: WINDOW_MS,
    // What was signed before the gate was made counts here.
    admission: createMemoryAdmission({ startedAtMs: Date.now() - WINDOW_MS }),
  })
}

/** All decisions, so many at a time; all must be to allow. */
export async function decideAll(gate: Gate, requests: readonly SignedHeaders[], inFlight: number): Promise<void> {
  let next = 0
  async function decideOneByOne(): Promise<void> {
    for (let headers = requests[next++]; headers; headers = requests[next++]) {
      const decision = await gate.decide(toGateRequest(headers))
      if ('denied' in decision) throw new Error(`a correct request was refused: ${decision.denied}`)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, decideOneByOne))
}

function toGateRequest(headers: SignedHeaders): GateRequest {
  return { method: 'POST', target: TARGET, ip: IP, header: (name) => headers[name] }
}

import { type KeyType, makeNonce, needsNonce, pathOf, REFUSALS, signRequestMessage } from '@countersign/protocol'
import {
  compileRules,
  createFailureBudget,
  createGate,
  createMemoryAdmission,
  createMemoryKeySource,
  type GateRequest,
  type KeyRecord,
  type Network,
  parseNetwork,
} from '../src/index.ts'
import { names, newPair, newRecord, type Pair, signedHeaders } from './fixtures.ts'
import { createMutator, type FuzzedRequest, withoutBody } from './mutate.ts'

/** How long and from which seed. */
export interface FuzzOptions {
  readonly requests: number
  readonly seed: number
  /** Told after each batch; a place to measure memory. */
  readonly onBatch?: (done: number) => void
}

/** What came of it. */
export interface FuzzReport {
  readonly allowed: number
  /** How often each refusal was given. */
  readonly refusals: ReadonlyMap<string, number>
  /** What must not happen, with the request that made it happen; the first few. */
  readonly faults: readonly string[]
}

const BATCH = 2_000
const IN_FLIGHT = 32
const BATCH_MS = 20_000
const AUTHORITY = 'api.example.com'
const NO_BODY = new Uint8Array(0)
const BODY = new TextEncoder().encode('{"ticker":"X","count":1}')
const MAX_FAULTS = 10

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD']
const TARGETS = [
  '/v2/orders',
  '/v2/orders/17?depth=1',
  '/v2/cancel',
  '/v2/strong',
  '/v2/plain',
  '/v2/plain?a=1',
  '/healthz',
  '/v2',
]

const RULES = compileRules(
  [
    { match: 'GET /orders/**', scope: 'read', replay: 'all' },
    { match: 'GET /orders', scope: 'read', cost: 2 },
    { match: '* /orders', scope: 'write::trade', bucket: 'orders', replay: 'strict' },
    { match: '* /cancel', scope: 'write', cost: 0 },
    { match: '* /strong', minimumProfile: 'http-message-signatures' },
    { match: '* /plain', replay: 'off', query: 'refuse' },
    { match: 'GET /healthz', under: 'root' },
  ],
  '/v2',
)

/**
 * Sends mutated requests to a gate with everything on. No decision may throw, refuse with what is in no table, or allow
 * what no key's holder signed.
 */
export async function fuzzGate({ requests, seed, onBatch }: FuzzOptions): Promise<FuzzReport> {
  const clock = { nowMs: 1_703_123_456_000 }
  const holders = await newHolders()
  const keys = createMemoryKeySource()
  for (const { record } of holders) keys.put(record)
  const buckets = { read: size(500), write: size(500), orders: size(100) }
  const gate = createGate({
    keys,
    rules: RULES,
    admission: createMemoryAdmission({
      startedAtMs: clock.nowMs - 10_000,
      maxClaims: 20_000,
      clocks: { wallMs: () => clock.nowMs, monotonicMs: () => clock.nowMs },
    }),
    bucketsOf: () => buckets,
    failureBudget: createFailureBudget({ maxEntries: 1_000, perAddress: { capacity: 20, refillPerSecond: 0.1 } }),
    now: () => clock.nowMs,
  })
  const mutate = createMutator(seed)
  const refusals = new Map<string, number>()
  const faults: string[] = []
  let allowed = 0

  async function decide(request: FuzzedRequest, signed: ReadonlySet<string>): Promise<void> {
    try {
      const decision = await gate.decide(toGateRequest(request))
      if ('denied' in decision) {
        refusals.set(decision.denied, (refusals.get(decision.denied) ?? 0) + 1)
        if (!Object.hasOwn(REFUSALS, decision.denied)) note(`unknown refusal ${decision.denied}`, request)
      } else {
        allowed++
        const { keyId = '', profile = 'access-headers' } = decision.allowed ?? {}
        if (!signed.has(whatIsSigned(keyId, profile, request))) note('allowed what nobody signed', request)
      }
    } catch (fault) {
      note(String(fault instanceof Error ? fault.stack : fault), request)
    }
  }

  function note(what: string, request: FuzzedRequest): void {
    if (faults.length < MAX_FAULTS) faults.push(`${what}: ${JSON.stringify(request).slice(0, 2_000)}`)
  }

  for (let done = 0; done < requests; ) {
    const pool = await signPool(holders, clock.nowMs)
    const signed = new Set(
      pool.flatMap(({ keyId, profile, request }) => [
        whatIsSigned(keyId, profile, request),
        whatIsSigned(keyId, profile, request.body ? withoutBody(request) : { ...request, body: NO_BODY }),
      ]),
    )
    const right = pool.map(({ request }) => request)
    const end = Math.min(requests, done + BATCH)
    for (; done < end; done += IN_FLIGHT) {
      const flight = Array.from({ length: Math.min(IN_FLIGHT, end - done) }, () => mutate(right))
      await Promise.all(flight.map((request) => decide(request, signed)))
    }
    done = end
    clock.nowMs += BATCH_MS
    onBatch?.(done)
  }
  return { allowed, refusals, faults }
}

interface Holder {
  readonly record: KeyRecord
  readonly pair: Pair
}

/** A key of each kind that a check tells apart. No two of one pair: a signature is any key's that has the pair. */
async function newHolders(): Promise<Holder[]> {
  const holder = async (type: KeyType, changes: Partial<KeyRecord> = {}) => {
    const pair = await newPair(type)
    return { pair, record: newRecord(pair.verifying, changes) }
  }
  return Promise.all([
    holder('rsa'),
    holder('ed25519'),
    holder('ed25519', { bucket: size(200), ipAllowlist: [parseNetwork('203.0.113.0/24') as Network] }),
    holder('ed25519', { scopes: ['write::trade'], subaccount: 3, externalId: 'cus_1' }),
    holder('ed25519', { minimumProfile: 'http-message-signatures' }),
    holder('rsa', { state: 'disabled' }),
    holder('ed25519', { state: 'revoked' }),
    holder('ed25519', { expiresAtMs: 1_703_123_456_000 }),
    holder('ed25519', { accountSuspended: true }),
  ])
}

interface Pooled {
  readonly keyId: string
  readonly profile: string
  readonly request: FuzzedRequest
}

/** Requests that are right: of each holder, in both profiles, over some of the methods and targets. */
async function signPool(holders: readonly Holder[], nowMs: number): Promise<Pooled[]> {
  const pool: Pooled[] = []
  for (const [i, { record, pair }] of holders.entries()) {
    for (const [j, target] of TARGETS.entries()) {
      const method = METHODS[(i + j + Math.floor(nowMs / BATCH_MS)) % METHODS.length] ?? 'GET'
      const body = method === 'POST' || method === 'PUT' ? BODY : undefined
      const request = { method, target, ip: `203.0.113.${i}`, ...(body && { body }) }
      const timestampMs = nowMs - 27_000 + 8_000 * j
      const ours = await signedHeaders(record, pair.signing, { method, target, timestampMs })
      const message = await signRequestMessage({
        ...{ key: pair.signing, keyId: record.keyId, method, target, authority: AUTHORITY, scheme: 'https' },
        ...{
          createdSeconds: timestampMs / 1_000,
          ...(needsNonce(method) && { nonce: makeNonce() }),
          ...(body && { body }),
        },
      })
      const { keyId } = record
      const framing = body && { 'content-length': String(body.length) }
      pool.push({ keyId, profile: 'access-headers', request: { ...request, headers: { ...ours, ...framing } } })
      const headers = { host: AUTHORITY, ...message, ...framing }
      pool.push({ keyId, profile: 'http-message-signatures', request: { ...request, headers } })
    }
  }
  return pool
}

/**
 * What may be allowed: nothing but what some holder signed. In access headers, that is not the query and not the body; in
 * the other profile a body counts where it is at hand.
 */
function whatIsSigned(keyId: string, profile: string, { method, target, headers, body }: FuzzedRequest): string {
  if (profile === 'access-headers') {
    return [keyId, method, pathOf(target), headers[names.timestamp], headers[names.signature]].join('\n')
  }
  return [keyId, method, target, body ? new TextDecoder().decode(body) : 'not at hand'].join('\n')
}

function toGateRequest({ headers, ...request }: FuzzedRequest): GateRequest {
  return { ...request, header: (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined) }
}

function size(capacity: number): { capacity: number; refillPerSecond: number } {
  return { capacity, refillPerSecond: capacity / 20 }
}

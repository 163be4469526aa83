import { once } from 'node:events'
import { type GateKey, KEY_CHANGES_PATH } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { denied, type KeyRecord, type Rule, writeNetwork } from '@countersign/gate'
import { toGateRequest } from '@countersign/gate/node'
import { publicKeyPem } from '@countersign/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { countDecisions } from '../actions/count-decisions.ts'
import { sendRefusal } from '../http/problem.ts'
import { streamKeyChanges } from '../keys/key-change-stream.ts'
import type { ServerContext } from '../server-context.ts'
import { type AddCall, orNotFound } from './add-call.ts'
import { authenticate, principalOf } from './authenticate.ts'

/** The most open streams. Each costs a connection, and a check of the reader's key four times a second. */
const MAX_STREAMS = 256

/** The most streams of one key: a quarter, so that no key takes those of the others. */
const MAX_STREAMS_OF_KEY = MAX_STREAMS / 4

/** The log warns from this part of the streams on. */
const WARN_AT = 0.8

/**
 * After this time a reader must sign again. It also bounds how far two machines' clocks drift apart during one stream.
 */
const STREAM_LIFE_MS = 10 * 60_000

/** Opening a stream is claimed once. Its cost is counted in streams, not in tokens. */
const STREAM_RULE: Rule = {
  scope: 'gate',
  minimumProfile: 'http-message-signatures',
  replay: 'all',
  cost: 0,
  isInternal: true,
}

/**
 * The calls for remote gates (`@countersign/gate/remote`): one key, the changes of all keys, and reports of decisions.
 */
export function addGateCalls(app: FastifyInstance, addCall: AddCall, context: ServerContext): void {
  addCall(calls.getGateKey, async ({ params }) => {
    const record = await context.readKey(params.api_key)
    return record === 'unavailable' ? denied('service_unavailable') : orNotFound(record && toGateKey(record))
  })

  const reporting = new Set<string>()
  addCall(calls.countDecisions, async ({ body, actor: { keyId } }) => {
    // One at a time for a key: a batch takes the database some time, and costs no tokens.
    if (reporting.has(keyId)) {
      context.limits.reached('gate_reports', { keyId })
      return { ...denied('account_share_full'), retryAfterSeconds: 1 }
    }
    reporting.add(keyId)
    try {
      await countDecisions(context, keyId, body)
    } finally {
      reporting.delete(keyId)
    }
    return undefined
  })

  const closing = new AbortController()
  const streams = new Map<FastifyReply, string>()
  app.addHook('preClose', async () => closing.abort())
  app.route({
    method: 'GET',
    url: KEY_CHANGES_PATH,
    exposeHeadRoute: false,
    schema: { hide: true },
    onRequest: authenticate(context, STREAM_RULE),
    handler: async (request, reply) => {
      const after = readEventId(request.headers['last-event-id'])
      if (after === 'invalid') return sendRefusal(request, reply, denied('request_malformed', 'Last-Event-ID'))
      const { keyId } = principalOf(request)
      const [all, ofKey] = [streams.size, [...streams.values()].filter((id) => id === keyId).length]
      if (all >= MAX_STREAMS || ofKey >= MAX_STREAMS_OF_KEY) {
        context.limits.reached('gate_streams', { keyId, all, ofKey })
        const refused = denied(all >= MAX_STREAMS ? 'service_unavailable' : 'account_share_full')
        return sendRefusal(request, reply, { ...refused, retryAfterSeconds: 10 })
      }
      if (all >= MAX_STREAMS * WARN_AT) context.limits.nearlyReached('gate_streams', { all })
      streams.set(reply, keyId)
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(STREAM_LIFE_MS), whenClosed(reply)])
      const events = streamKeyChanges({
        deploymentId: context.deploymentId,
        log: context.keyChanges,
        database: context.database,
        after,
        mayRead: () => mayRead(context, request),
        signal,
      })
      await send(events, reply, signal)
        .catch((fault) => signal.aborted || request.log.warn({ err: fault }, 'a stream of key changes ended'))
        .finally(() => streams.delete(reply))
      return reply
    },
  })
}

/** The whole record: a missing field would be a restriction that remote gates do not know. */
function toGateKey(record: KeyRecord): GateKey {
  const { keyId, accountId, externalId, key, scopes, subaccount, state, expiresAtMs, ...others } = record
  const { accountSuspended, tier, minimumProfile, ipAllowlist, bucket, bucketOwnerId, isSession, ...rest } = others
  const left: Record<string, never> = rest
  return {
    ...left,
    api_key_id: keyId,
    account_id: accountId,
    public_key: publicKeyPem(key),
    scopes: [...scopes],
    state,
    account_suspended: accountSuspended,
    usage_tier: tier,
    external_id: externalId,
    subaccount,
    expires_at: expiresAtMs,
    minimum_profile: minimumProfile,
    ip_allowlist: ipAllowlist?.map(writeNetwork),
    bucket: bucket && { capacity: bucket.capacity, refill_rate: bucket.refillPerSecond },
    bucket_owner_id: bucketOwnerId,
    is_session: isSession || undefined,
  }
}

function readEventId(header: string | string[] | undefined): number | 'invalid' | undefined {
  if (header === undefined) return undefined
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : 'invalid'
}

async function mayRead({ gate }: ServerContext, request: FastifyRequest): Promise<boolean> {
  return !(await gate.recheck(principalOf(request), toGateRequest(request.raw), STREAM_RULE))
}

function whenClosed({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController()
  raw.once('close', () => closed.abort())
  return closed.signal
}

/** Sends as fast as the reader reads. */
async function send(events: AsyncIterable<string>, reply: FastifyReply, signal: AbortSignal): Promise<void> {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  try {
    for await (const text of events) {
      if (!raw.write(text)) await once(raw, 'drain', { signal })
    }
  } finally {
    raw.destroy()
  }
}

import { denied } from '@countersign/gate'
import { grantsScope } from '@countersign/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ServerContext } from '../server-context.ts'
import { readAuditUse } from '../storage/audit-quota.ts'
import { createAccountSlots, type Release } from './account-slots.ts'
import { sendRefusal } from './problem.ts'

/**
 * Reads of one account: one runs, this many wait. A list takes milliseconds of the thread that also answers everybody's
 * revocations; a waiting read takes nothing.
 */
const READS = { atOnce: 1, waiting: 16 }

/**
 * Calls that end what a key may do. They are answered however much the account has put into the audit log: each acts
 * once for a key, a rotation or a session, and making another of these counts.
 */
const ENDING: ReadonlySet<string> = new Set([
  'disableApiKey',
  'revokeApiKey',
  'deleteApiKey',
  'finishRotation',
  'abortRotation',
  'endSession',
  'endOtherSessions',
])

const GATE_PATHS = '/gate/'

/** The log warns from this part of the quota on. */
const WARN_AT = 0.8

/**
 * Bounds what one account can take of the control plane: reads at once, and the bytes that its changes add to the audit
 * log.
 */
export function limitAccounts(app: FastifyInstance, { database, settings, limits, now }: ServerContext): void {
  const slots = createAccountSlots(READS)
  const held = new WeakMap<FastifyRequest, Release>()
  app.addHook('preHandler', async (request, reply) => {
    const { principal } = request
    if (!principal) return undefined
    const { accountId, scopes } = principal
    if (request.method === 'GET' || request.method === 'HEAD') {
      // Remote gates read one key, or a stream, which does not end and has its own limit.
      if (request.routeOptions.url?.startsWith(GATE_PATHS)) return undefined
      const release = await slots.take(accountId)
      if (release) {
        held.set(request, release)
        return undefined
      }
      limits.reached('account_reads', { accountId, ...READS })
      return sendRefusal(request, reply, { ...denied('account_share_full'), retryAfterSeconds: 1 })
    }
    if (grantsScope(scopes, 'admin') || ENDING.has(operationOf(request))) return undefined
    const { bytesPerAccountAndHour: quota } = settings.audit
    const { bytes, hourEndsAt } = await readAuditUse(database.kysely, accountId, now())
    if (bytes < quota) {
      if (bytes >= quota * WARN_AT) limits.nearlyReached('audit_quota', { accountId, bytes, quota })
      return undefined
    }
    limits.reached('audit_quota', { accountId, bytes, quota })
    const retryAfterSeconds = Math.max(1, Math.ceil((hourEndsAt - now()) / 1000))
    return sendRefusal(request, reply, { ...denied('audit_quota_used'), retryAfterSeconds })
  })

  // The answer is made by now. A client that reads it slowly does not block others of the account.
  app.addHook('onSend', async (request) => held.get(request)?.())
  app.addHook('onRequestAbort', async (request) => held.get(request)?.())
  app.addHook('onResponse', async (request) => held.get(request)?.())
}

function operationOf({ routeOptions }: FastifyRequest): string {
  return (routeOptions.schema as { operationId?: string } | undefined)?.operationId ?? ''
}

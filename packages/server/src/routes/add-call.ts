import {
  type AnswerOf,
  answersOf,
  type Call,
  type PartOf,
  refTo,
  SCHEMAS,
  type SchemaName,
  successOf,
} from '@countersign/api'
import { type Denied, denied, type Rule } from '@countersign/gate'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  onRequestAsyncHookHandler,
} from 'fastify'
import type { Actor } from '../actions/actor.ts'
import type { RepeatableCall } from '../actions/issue-key.ts'
import { sendRefusal } from '../http/problem.ts'
import type { ServerContext } from '../server-context.ts'
import { actorOf, authenticate, checkDigest, refuseSubaccountKeys, requireScope } from './authenticate.ts'
import { securityOf } from './docs.ts'
import { readRepetition } from './read-repetition.ts'
import { requireJson } from './require-json.ts'

/** One request of a call, as its definition types it. */
export interface Asked<C extends Call> {
  readonly params: PartOf<C, 'params'>
  readonly query: PartOf<C, 'query'>
  readonly body: PartOf<C, 'body'>
  /** The signer of the request; `undefined` on a public call. */
  readonly actor: C['scope'] extends 'public' ? undefined : Actor
  /** The address of the request. */
  readonly ip: string
  /** The Host header. */
  readonly host: string | undefined
  /** How a repetition of the request is recognised; only on a repeatable call with an Idempotency-Key. */
  readonly repeat: RepeatableCall | undefined
  /** The request's id in each log line. */
  readonly log: FastifyBaseLogger
  readonly setHeader: (name: string, value: string) => void
  /** Makes the answer 202: the rest of the work goes on after it. */
  readonly goesOn: () => void
}

/** Carries a call out. Returns the answer of its success, or a refusal. */
export type Handler<C extends Call> = (asked: Asked<C>) => AnswerOf<C> | Denied | Promise<AnswerOf<C> | Denied>

/**
 * Adds one call of the API. Everything that its definition says is done here: its path and schemas, who may make it,
 * its repetition, and its answer. The handler does the call's own work.
 *
 * @param checks run between the gate and the reading of the body
 */
export type AddCall = <C extends Call>(
  call: C,
  handler: Handler<C>,
  checks?: readonly onRequestAsyncHookHandler[],
) => void

/** Key management spends read tokens (docs/wire.md section 4), and a signature changes keys at most once. */
const OWN_RULE: Rule = { bucket: 'read', replay: 'strict' }

/** A gate is not a customer: it reads a key for each unknown key id, as often as it needs. */
const GATE_RULE: Rule = { cost: 0, replay: 'off', isInternal: true }

/** Adds calls to a server. */
export function callAdder(app: FastifyInstance, context: ServerContext): AddCall {
  return (call, handler, checks = []) => {
    const isPublic = call.scope === 'public'
    app.route({
      method: call.method,
      url: (call.under === 'root' ? '' : context.settings.basePath) + call.path.replace(/\{(\w+)\}/g, ':$1'),
      onRequest: isPublic ? [...checks] : [authenticate(context, ruleOf(call)), ...checksOf(call), ...checks],
      preParsing: call.body ? [requireJson] : [],
      preValidation: isPublic ? [] : [checkDigest],
      handler: (request, reply) => answer(call, handler, request, reply),
      schema: schemaOf(call),
    })
  }
}

async function answer<C extends Call>(call: C, handler: Handler<C>, request: FastifyRequest, reply: FastifyReply) {
  if (call.noStore) reply.header('cache-control', 'no-store')
  const repeat = call.repeatable ? readRepetition(request, call.id) : undefined
  if (repeat && 'denied' in repeat) return sendRefusal(request, reply, repeat)
  const { params, query, body, ip, headers, log } = request
  let { status } = successOf(call) as { status: number }
  const asked = {
    params,
    query,
    body,
    actor: call.scope === 'public' ? undefined : actorOf(request),
    ip,
    host: headers.host,
    repeat,
    log,
    setHeader: (name: string, value: string) => void reply.header(name, value),
    goesOn: () => {
      status = 202
    },
  } as Asked<C>
  const result = await handler(asked)
  if (isDenied(result)) return sendRefusal(request, reply, result)
  return reply.code(status).send(result)
}

function isDenied(result: unknown): result is Denied {
  return typeof result === 'object' && result !== null && 'denied' in result
}

/** A handler's result for a value that may be missing. */
export function orNotFound<Value>(value: Value | undefined): Value | Denied {
  return value ?? denied('not_found')
}

function ruleOf({ scope, profile }: Call): Rule {
  const rule = scope === 'gate' ? GATE_RULE : OWN_RULE
  return {
    ...rule,
    scope: scope === 'any' ? undefined : scope,
    minimumProfile: profile,
  }
}

/** What a key needs in addition to its scope. An operator's key that may only read changes nothing. */
function checksOf({ method, scope, subaccountKeys }: Call): onRequestAsyncHookHandler[] {
  const checks = subaccountKeys === 'refused' ? [refuseSubaccountKeys] : []
  return scope === 'admin' ? [...checks, requireScope(method === 'GET' ? 'read' : 'write')] : checks
}

function schemaOf(call: Call): FastifySchema {
  const { id, summary, tag, scope, profile, params, query, body } = call
  const schema: FastifySchema = { operationId: id, summary, tags: [tag], response: responseSchemas(call) }
  if (scope === 'public') schema.security = []
  // A call for any profile has the requirements of the whole document.
  else if (profile !== 'access-headers') schema.security = securityOf(profile)
  if (params) schema.params = referenceTo(params)
  if (query) schema.querystring = referenceTo(query)
  if (body) schema.body = referenceTo(body)
  return schema
}

function responseSchemas(call: Call): Record<string, unknown> {
  const entries = Object.entries(answersOf(call)).map(([status, { description, schema }]) => [
    status,
    schema
      ? { description, content: { 'application/json': { schema: referenceTo(schema) } } }
      : { description, type: 'null' },
  ])
  return Object.fromEntries(entries)
}

function referenceTo(name: SchemaName) {
  const schema = SCHEMAS.find(({ $id }) => $id === name)
  if (!schema) throw new Error(`there is no schema ${name}`)
  return refTo(schema)
}

import { OPERATIONS, type Operation, type OperationId, ROUTES, type Route, refTo } from '@countersign/api'
import type { Rule } from '@countersign/gate'
import type {
  FastifyInstance,
  onRequestAsyncHookHandler,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
  RouteGenericInterface,
  RouteHandlerMethod,
} from 'fastify'
import type { ServerContext } from '../server-context.ts'
import { authenticate, checkDigest, refuseSubaccountKeys, requireScope } from './authenticate.ts'
import { securityOf } from './docs.ts'
import { requireJson } from './require-json.ts'

type Handler<Types extends RouteGenericInterface> = RouteHandlerMethod<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  Types
>

/** Key management spends read tokens (contract.md section 4), and a signature never changes keys twice. */
const OWN_RULE: Rule = { bucket: 'read', replay: 'strict' }

/** A gate reads a key for each one that it does not know: it is no customer, and what it reads is no secret to be read once. */
const GATE_RULE: Rule = { cost: 0, replay: 'off' }

/**
 * Adds one call of the API. Its place, schemas and access come from the `api` package; what is left is what it does.
 *
 * @param checks run between the gate and the reading of the body
 */
export function addOperation<Types extends RouteGenericInterface>(
  app: FastifyInstance,
  context: ServerContext,
  id: OperationId,
  handler: Handler<Types>,
  checks: readonly onRequestAsyncHookHandler[] = [],
): void {
  const { method, under, path, scope, minimumProfile }: Route = ROUTES[id]
  const { summary, tag, params, query, body, responses }: Operation = OPERATIONS[id]
  const isPublic = scope === 'public'
  const rule: Rule = {
    ...(scope === 'gate' ? GATE_RULE : OWN_RULE),
    ...(scope !== 'any' && { scope }),
    ...(minimumProfile && { minimumProfile }),
  }
  app.route<Types>({
    method,
    url: (under === 'root' ? '' : context.settings.basePath) + path.replace(/\{(\w+)\}/g, ':$1'),
    onRequest: isPublic ? [...checks] : [authenticate(context, rule), ...adminChecks(ROUTES[id]), ...checks],
    preParsing: body ? [requireJson] : [],
    preValidation: isPublic ? [] : [checkDigest],
    handler,
    schema: {
      operationId: id,
      summary,
      tags: [tag],
      ...((isPublic || minimumProfile) && { security: isPublic ? [] : securityOf(minimumProfile) }),
      ...(params && { params: refTo(params) }),
      ...(query && { querystring: refTo(query) }),
      ...(body && { body: refTo(body) }),
      response: responseSchemas(responses),
    },
  })
}

/** What the key of an operator needs beside `admin`, so that one that may only read changes nothing. */
function adminChecks({ method, scope }: Route): onRequestAsyncHookHandler[] {
  if (scope !== 'admin') return []
  return [refuseSubaccountKeys, requireScope(method === 'GET' ? 'read' : 'write')]
}

function responseSchemas(responses: Operation['responses']): Record<string, unknown> {
  const entries = Object.entries(responses).map(([status, { description, schema }]) => [
    status,
    schema
      ? { description, content: { 'application/json': { schema: refTo(schema) } } }
      : { description, type: 'null' },
  ])
  return Object.fromEntries(entries)
}

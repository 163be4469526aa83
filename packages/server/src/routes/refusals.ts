import type { ApiKeyParams, ListRefusalsResponse, Refusal } from '@countersign/api'
import { denied } from '@countersign/gate'
import { REFUSALS } from '@countersign/protocol'
import type { FastifyInstance } from 'fastify'
import { describeKey } from '../actions/describe-key.ts'
import { sendRefusal } from '../problem.ts'
import type { RememberedRefusal } from '../refusals/refusal-memory.ts'
import type { ServerContext } from '../server-context.ts'
import { principalOf, refuseSubaccountKeys } from './authenticate.ts'
import { addOperation } from './operation.ts'

/** What was refused lately: of a key for its account, and what proves nothing for operators. */
export function addRefusalRoutes(app: FastifyInstance, context: ServerContext): void {
  addOperation<{ Params: ApiKeyParams }>(
    app,
    context,
    'listRefusals',
    async (request, reply) => {
      const key = await describeKey(context, principalOf(request), request.params.api_key)
      if (!key) return sendRefusal(request, reply, denied('not_found'))
      const refusals = await context.collectRefusals(key.api_key_id)
      return { since: context.startedAtMs, refusals: refusals.map(toRefusal) } satisfies ListRefusalsResponse
    },
    [refuseSubaccountKeys],
  )
}

function toRefusal({ denied: name, diagnosis, at, method, path, ip, details }: RememberedRefusal): Refusal {
  return {
    ...{ at, code: name, status: REFUSALS[name].status, method, path, ip },
    ...(details !== undefined && { details }),
    ...(diagnosis && { diagnosis: toDiagnosis(diagnosis) }),
  }
}

function toDiagnosis(diagnosis: NonNullable<RememberedRefusal['diagnosis']>): NonNullable<Refusal['diagnosis']> {
  const { cause, hint, signedText, expectedText } = diagnosis
  return {
    cause,
    hint,
    ...(signedText !== undefined && { signed_text: signedText }),
    ...(expectedText !== undefined && { expected_text: expectedText }),
  }
}

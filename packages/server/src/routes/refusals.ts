import type {
  ApiKeyParams,
  ClaimedRefusal,
  ListClaimedRefusalsResponse,
  ListRefusalsResponse,
  Refusal,
} from '@countersign/api'
import { denied } from '@countersign/gate'
import { REFUSALS } from '@countersign/protocol'
import type { FastifyInstance } from 'fastify'
import { describeKey } from '../actions/describe-key.ts'
import { sendRefusal } from '../problem.ts'
import { MAX_CLAIMED, type RememberedRefusal } from '../refusals/refusal-memory.ts'
import type { ServerContext } from '../server-context.ts'
import { principalOf, refuseSubaccountKeys } from './authenticate.ts'
import { addOperation } from './operation.ts'

/** What was refused lately: of a key for its account and for operators, and what proves nothing for operators. */
export function addRefusalRoutes(app: FastifyInstance, context: ServerContext): void {
  addRefusalsOfKey(app, context, 'listRefusals', 'own')
  addRefusalsOfKey(app, context, 'listAnyRefusals', 'all')

  addOperation(app, context, 'listClaimedRefusals', async (): Promise<ListClaimedRefusalsResponse> => {
    const refusals = await context.collectRefusals()
    return { since: context.startedAtMs, capacity: MAX_CLAIMED, refusals: refusals.map(toClaimed) }
  })
}

function addRefusalsOfKey(
  app: FastifyInstance,
  context: ServerContext,
  id: 'listRefusals' | 'listAnyRefusals',
  reach: 'own' | 'all',
): void {
  addOperation<{ Params: ApiKeyParams }>(
    app,
    context,
    id,
    async (request, reply) => {
      const key = await describeKey(context, principalOf(request), request.params.api_key, reach)
      if (!key) return sendRefusal(request, reply, denied('not_found'))
      const refusals = await context.collectRefusals(key.api_key_id)
      return { since: context.startedAtMs, refusals: refusals.map(toRefusal) } satisfies ListRefusalsResponse
    },
    [refuseSubaccountKeys],
  )
}

function toClaimed({ denied: name, at, method, path, ip, claimedKeyId }: RememberedRefusal): ClaimedRefusal {
  const claimed = claimedKeyId === undefined ? {} : { claimed_api_key_id: claimedKeyId }
  return { at, code: name, status: REFUSALS[name].status, method, path, ip, ...claimed }
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

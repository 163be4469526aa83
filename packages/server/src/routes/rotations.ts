import * as calls from '@countersign/api/calls'
import { describeRotation } from '../actions/describe-rotation.ts'
import { endRotation } from '../actions/end-rotation.ts'
import type { Reach } from '../actions/lock-target.ts'
import { rotateKey } from '../actions/rotate-key.ts'
import type { ServerContext } from '../server-context.ts'
import { type AddCall, orNotFound } from './add-call.ts'

/** The calls that replace a key by another. */
export function addRotationCalls(addCall: AddCall, context: ServerContext): void {
  addCall(calls.rotateApiKey, async ({ params, body, actor, repeat }) => {
    const started = await rotateKey(context, actor, params.api_key, body, repeat)
    if ('denied' in started) return started
    const { rotation, keyType, privateKey } = started
    return {
      rotation_id: rotation.rotationId,
      api_key_id: rotation.newKeyId,
      key_type: keyType,
      deadline: rotation.deadline,
      private_key: privateKey,
    }
  })
  addStartedRotationCalls(addCall, context, 'own', {
    get: calls.getRotation,
    finish: calls.finishRotation,
    abort: calls.abortRotation,
  })
  addStartedRotationCalls(addCall, context, 'all', {
    get: calls.getAnyRotation,
    finish: calls.finishAnyRotation,
    abort: calls.abortAnyRotation,
  })
}

/** The calls on a started rotation, for holders or for operators. */
interface RotationCalls {
  readonly get: typeof calls.getRotation | typeof calls.getAnyRotation
  readonly finish: typeof calls.finishRotation | typeof calls.finishAnyRotation
  readonly abort: typeof calls.abortRotation | typeof calls.abortAnyRotation
}

function addStartedRotationCalls(addCall: AddCall, context: ServerContext, reach: Reach, rotation: RotationCalls) {
  addCall(rotation.get, async ({ params: { api_key: id }, actor }) =>
    orNotFound(await describeRotation(context, actor, id, reach)),
  )
  for (const how of ['finish', 'abort'] as const) {
    addCall(rotation[how], async ({ params: { api_key: id }, actor }) => {
      const refused = await endRotation(context, actor, reach, id, how)
      return refused ?? orNotFound(await describeRotation(context, actor, id, reach))
    })
  }
}

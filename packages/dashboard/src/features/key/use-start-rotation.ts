import type { ApiKeyDetails } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { signStatement } from '@countersign/protocol'
import { useState } from 'react'
import { deployment } from '../../deployment.ts'
import { makeKeyPair } from '../../keys/make-key-pair.ts'
import { useSession } from '../../session/session.tsx'
import { useChangeProblem } from '../../session/use-change-problem.ts'
import { bindFields } from '../../ui/bind-fields.ts'
import { useTask } from '../../ui/use-task.ts'
import { graceSecondsOf, ROTATION_FIELDS, rotationProblem } from './rotation-form.ts'

/** A rotation that has begun: the new key. */
export interface StartedRotation {
  readonly keyId: string
  readonly fingerprint: string
}

/** The form that starts a rotation. The new key pair is made in this browser. */
export function useStartRotation(
  row: ApiKeyDetails,
  onStarted: (started: StartedRotation, privateKeyPem: string) => void,
) {
  const { call, isOperator } = useSession()
  const changeProblem = useChangeProblem()
  const [fields, setFields] = useState(ROTATION_FIELDS)
  const graceSeconds = graceSecondsOf(fields)
  const hoursProblem = graceSeconds === undefined ? 'From 0 to 2160 hours (90 days).' : undefined
  const start = useTask(async (seconds: number) => {
    const pair = await makeKeyPair(row.key_type)
    const statement = {
      old_api_key_id: row.api_key_id,
      new_fingerprint: pair.fingerprint,
      grace_seconds: String(seconds),
    }
    const { deploymentId } = deployment
    const proof = await signStatement({ purpose: 'rotate', deploymentId, fields: statement }, pair.signingKey)
    const made = await call(calls.rotateApiKey, {
      params: { api_key: row.api_key_id },
      idempotencyKey: crypto.randomUUID(),
      body: { grace_seconds: seconds, public_key: pair.publicKeyPem, proof },
    })
    onStarted({ keyId: made.api_key_id, fingerprint: pair.fingerprint }, pair.privateKeyPem)
  })
  return {
    fields,
    field: bindFields({ fields, set: (part) => setFields({ ...fields, ...part }), problems: { hours: hoursProblem } }),
    hoursProblem,
    rotationProblem: rotationProblem(row, { isOperator, changeProblem }),
    isBusy: start.isBusy,
    error: start.error,
    start: () => graceSeconds !== undefined && start.run(graceSeconds),
  }
}

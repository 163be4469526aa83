import * as calls from '@countersign/api/calls'
import { ApiError } from '@countersign/client'
import type { Call } from '../../api/connection.ts'

/** Makes a call that sets an external id. Where the id is taken, the error names its account: "cus_1042 belongs to Acme Trading." */
export async function withExternalId<Answer>(
  call: Call,
  externalId: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'external_id_taken')) throw error
    const { accounts } = await call(calls.listAccounts, { query: { external_id: externalId } })
    throw new Error(`${externalId} belongs to ${accounts[0]?.name ?? 'another account'}.`)
  }
}

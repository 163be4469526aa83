import * as calls from '@countersign/api/calls'
import type { Call } from '../../api/connection.ts'

/** Says whose an external id is: "cus_1042 belongs to Acme Trading." */
export async function externalIdTaken(call: Call, externalId: string): Promise<Error> {
  const { accounts } = await call(calls.listAccounts, { query: { external_id: externalId } })
  return new Error(`${externalId} belongs to ${accounts[0]?.name ?? 'another account'}.`)
}

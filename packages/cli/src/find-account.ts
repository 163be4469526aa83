import type { Account } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import type { CallApi } from '@countersign/client'
import { CliError, usageError } from './cli-error.ts'
import { SHORT_ID_LENGTH } from './short-id.ts'

/** The one account with this id, this beginning of an id, this external id, or this whole name. */
export async function fetchAccount(said: string, call: CallApi): Promise<Account> {
  const { accounts: found } = await call(calls.listAccounts, { query: { q: said, limit: '500' } })
  const [one, ...others] = found.filter((account) => isMeant(account, said))
  if (one && others.length === 0) return one
  if (!one) {
    throw new CliError({ code: 'not_found', message: `there is no account ${said}`, fix: 'countersign accounts list' })
  }
  const ids = [one, ...others].map(({ account_id: id }) => id)
  throw usageError(`${said} stands for ${ids.length} accounts`, 'give the account id', ids.join(', '))
}

function isMeant({ account_id: id, external_id: externalId, name }: Account, said: string): boolean {
  const isPrefix = said.length >= SHORT_ID_LENGTH && id.startsWith(said.toLowerCase())
  return isPrefix || externalId === said || name === said
}

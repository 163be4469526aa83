import { findAccount } from '../storage/accounts.ts'
import type { ActionContext } from './context.ts'
import type { IssueOptions } from './issue-key.ts'

/** The scopes that a new key can be given: `admin` by an operator, on an account of operators, and never otherwise. */
export async function knownScopesFor(
  { database, settings }: ActionContext,
  { accountId, reach }: Pick<IssueOptions, 'accountId' | 'reach'>,
): Promise<readonly string[]> {
  if (reach !== 'all') return settings.scopes
  const account = await findAccount(database.kysely, accountId)
  return account?.isOperator ? [...settings.scopes, 'admin'] : settings.scopes
}

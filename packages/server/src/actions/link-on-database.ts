import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Settings } from '../config/settings.ts'
import { linkUrl } from '../sessions/link-code.ts'
import { type Account, findAccountsByName, findOperators, insertAccount } from '../storage/accounts.ts'
import { type Database, openDatabase } from '../storage/database.ts'
import { migrate } from '../storage/migrate.ts'
import type { Schema } from '../storage/schema.ts'
import { auditedAccount } from './audited-account.ts'
import { BootstrapRefused } from './bootstrap.ts'
import { type ChangeEvent, changeKeys, NO_CACHES } from './change-keys.ts'
import { SCOPES_OF_ACCESS } from './create-link.ts'
import { makeLink } from './make-link.ts'

/** The account of a link, and the database. */
export interface LinkOnDatabaseOptions {
  /** The account's name. By default the operators' account, which is made if it is missing. */
  readonly accountName?: string
  /** Gives power over every account; without a name, the operators' account. */
  readonly isOperator?: boolean
  /** The session may read and change nothing. */
  readonly isReadOnly?: boolean
}

/** The settings that name the database and the dashboard. */
export type LinkSettings = Pick<Settings, 'databaseUrl' | 'defaultTier' | 'host' | 'port' | 'publicUrl'>

/** A link that was made on the database. */
export interface LinkOnDatabase {
  /** The database as it may be printed. */
  readonly location: string
  readonly account: { readonly id: string; readonly name: string; readonly isOperator: boolean }
  readonly scopes: readonly string[]
  /** Signs in whoever opens it first. */
  readonly url: string
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** The name of the operators' account if none was given. */
const OPERATORS = 'Operators'

/**
 * Makes a sign-in link on the database directly, for the person at the command line.
 *
 * @throws BootstrapRefused, DatabaseUrlError, DatabaseTooNewError
 */
export async function linkOnDatabase(
  settings: LinkSettings,
  options: LinkOnDatabaseOptions,
  now: () => number = Date.now,
): Promise<LinkOnDatabase> {
  const database = await openDatabase(settings.databaseUrl)
  try {
    await migrate(database, now())
    const made = await makeLinkFor(database, settings, options, now())
    return { ...made, location: database.location }
  } finally {
    await database.close()
  }
}

/** The same on an open database. */
export async function makeLinkFor(
  database: Database,
  settings: LinkSettings,
  { accountName, isOperator = false, isReadOnly = false }: LinkOnDatabaseOptions,
  nowMs: number,
): Promise<Omit<LinkOnDatabase, 'location'>> {
  return changeKeys({ ...NO_CACHES, database, now: () => nowMs }, { type: 'command' }, async (trx) => {
    const { account, events } = isOperator
      ? await findOperator(trx, accountName, settings.defaultTier, nowMs)
      : await findCustomer(trx, accountName ?? '')
    const access = isReadOnly ? SCOPES_OF_ACCESS.read : SCOPES_OF_ACCESS.read_write
    const scopes = isOperator ? [...access, 'admin'] : access
    const { accountId, name } = account
    const { link, event } = await makeLink(trx, { accountId, scopes }, nowMs)
    const url = linkUrl(originOf(settings), link.code)
    const result = { account: { id: accountId, name, isOperator }, scopes, url, expiresAt: link.expiresAt }
    return { result, events: [...events, event] }
  })
}

/**
 * Browsers make signing keys over HTTPS and on loopback only. So a server on all addresses is called by its loopback
 * name.
 */
function originOf({ publicUrl, host, port }: LinkSettings): string {
  if (publicUrl !== undefined) return new URL(publicUrl).origin
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** The account that a link is for, and the event where it was made for it. */
interface AccountOfLink {
  readonly account: Account
  readonly events: readonly ChangeEvent[]
}

async function findCustomer(trx: Transaction<Schema>, name: string): Promise<AccountOfLink> {
  const [account, another] = await findAccountsByName(trx, name)
  if (!account) {
    throw new BootstrapRefused(
      `there is no account named ${name}`,
      'countersign bootstrap --account NAME --out FILE makes one, with its first key',
    )
  }
  if (another) throw new BootstrapRefused(`there is more than one account named ${name}`, 'rename one of them')
  if (!account.isOperator) return { account, events: [] }
  throw new BootstrapRefused(`${name} is an operator account`, 'say --operator to give power over every account')
}

async function findOperator(
  trx: Transaction<Schema>,
  name: string | undefined,
  tier: string,
  nowMs: number,
): Promise<AccountOfLink> {
  const operators = await findOperators(trx)
  const [found, another] = name === undefined ? operators : operators.filter((operator) => operator.name === name)
  if (another) {
    const names = operators.map((operator) => operator.name).join(', ')
    throw new BootstrapRefused('there is more than one operator account', `name one with --account: ${names}`)
  }
  if (found) return { account: found, events: [] }
  if (name !== undefined) {
    throw new BootstrapRefused(
      `there is no operator account named ${name}`,
      'leave --account out to use the one there is',
    )
  }
  const account: Account = { accountId: randomUUID(), name: OPERATORS, tier, isOperator: true, createdAt: nowMs }
  const { accountId } = account
  await insertAccount(trx, account)
  return { account, events: [{ action: 'account.created', accountId, after: auditedAccount(account) }] }
}

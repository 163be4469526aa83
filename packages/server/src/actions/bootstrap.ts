import { randomUUID } from 'node:crypto'
import { keyNameProblem, normalizeKeyName } from '@countersign/api'
import { fingerprintOf, type KeyType, SCOPES_WHEN_OMITTED } from '@countersign/protocol'
import type { Transaction } from 'kysely'
import { DEFAULT_SETTINGS, type Settings } from '../config/settings.ts'
import { generateKeyPair } from '../keypairs/generate-key-pair.ts'
import { type Account, findAccountsByName, insertAccount } from '../storage/accounts.ts'
import type { ApiKey } from '../storage/api-key.ts'
import { insertApiKey } from '../storage/change-api-keys.ts'
import { openDatabase } from '../storage/database.ts'
import { migrate } from '../storage/migrate.ts'
import type { Schema } from '../storage/schema.ts'
import { auditedAccount } from './audited-account.ts'
import { auditedKey } from './audited-key.ts'
import { type ChangeEvent, changeKeys, NO_CACHES } from './change-keys.ts'

/** What to issue, and where. */
export interface BootstrapOptions {
  readonly databaseUrl: string
  /** The account's name. The account is created if it is missing. */
  readonly accountName: string
  /** The account is one of operators, and the key gets `admin` too. */
  readonly operator?: boolean
  /** The usage tier of a new account. */
  readonly tier?: string
  /** The key's name; "bootstrap" by default. */
  readonly keyName?: string
  readonly keyType?: KeyType
  /**
   * The key is for a remote gate: it gets `gate`, which lets it read the public keys of all accounts, and nothing else.
   */
  readonly gate?: boolean
  /** The configured tiers; the default ones if absent. */
  readonly tiers?: Settings['tiers']
  /** The tier of a new account if none was chosen. */
  readonly defaultTier?: string
  /** Unix milliseconds. */
  readonly now?: () => number
}

/** The result. */
export interface Bootstrapped {
  readonly database: { readonly location: string; readonly created: boolean }
  readonly account: { readonly id: string; readonly name: string; readonly created: boolean; readonly tier: string }
  readonly apiKey: {
    readonly apiKeyId: string
    readonly keyType: KeyType
    readonly scopes: readonly string[]
    readonly fingerprint: string
    /** PEM. It is stored nowhere else. */
    readonly privateKey: string
  }
}

/** Nothing was issued; `fix` says what to do. */
export class BootstrapRefused extends Error {
  override readonly name = 'BootstrapRefused'
  readonly fix: string

  constructor(message: string, fix: string) {
    super(message)
    this.fix = fix
  }
}

/**
 * Issues a key on the database directly, for the first key of an account: with `read` and `write`, for operators also
 * `admin`, or with `gate` alone. It creates the database and the account if they are missing.
 *
 * @throws BootstrapRefused, DatabaseUrlError, DatabaseTooNewError
 */
export async function bootstrap(options: BootstrapOptions): Promise<Bootstrapped> {
  const { keyType = 'rsa', operator: isOperator = false, now = Date.now } = options
  const accountName = checkedName('account', options.accountName)
  const keyName = checkedName('key', options.keyName ?? 'bootstrap')
  const { tiers = DEFAULT_SETTINGS.tiers, defaultTier = DEFAULT_SETTINGS.defaultTier } = options
  const tier = options.tier === undefined ? undefined : checkedTier(options.tier, tiers)
  const database = await openDatabase(options.databaseUrl)
  try {
    const applied = await migrate(database, now())
    const pair = generateKeyPair(keyType)
    const key: Omit<ApiKey, 'accountId'> = {
      apiKeyId: randomUUID(),
      name: keyName,
      keyType,
      publicKey: pair.publicKey.spki,
      fingerprint: await fingerprintOf(pair.publicKey),
      scopes: scopesOf(options),
      state: 'active',
      createdAt: now(),
    }
    const account = await changeKeys({ ...NO_CACHES, database, now }, { type: 'command' }, async (trx, nowMs) => {
      const wanted = { name: accountName, tier, defaultTier, isOperator, nowMs }
      const { account: chosen, created } = await findOrInsertAccount(trx, wanted)
      const { accountId, name } = chosen
      await insertApiKey(trx, { ...key, accountId })
      const result = { id: accountId, name, created, tier: chosen.tier }
      return { result, events: eventsOf(chosen, created, { ...key, accountId }) }
    })
    return {
      database: { location: database.location, created: applied.some((name) => name.startsWith('001')) },
      account,
      apiKey: {
        apiKeyId: key.apiKeyId,
        keyType,
        scopes: key.scopes,
        fingerprint: key.fingerprint,
        privateKey: pair.privateKeyPem,
      },
    }
  } finally {
    await database.close()
  }
}

function scopesOf({ operator, gate }: BootstrapOptions): readonly string[] {
  if (gate) return ['gate']
  return operator ? ['admin', ...SCOPES_WHEN_OMITTED] : SCOPES_WHEN_OMITTED
}

interface WantedAccount {
  readonly name: string
  readonly tier: string | undefined
  readonly defaultTier: string
  readonly isOperator: boolean
  readonly nowMs: number
}

async function findOrInsertAccount(
  trx: Transaction<Schema>,
  { name, tier, defaultTier, isOperator, nowMs }: WantedAccount,
): Promise<{ readonly account: Account; readonly created: boolean }> {
  const [found, another] = await findAccountsByName(trx, name)
  if (another) {
    throw new BootstrapRefused(`there is more than one account named ${name}`, 'choose a name that no account has yet')
  }
  if (found && tier !== undefined && found.tier !== tier) {
    throw new BootstrapRefused(
      `the account ${name} has tier ${found.tier}, not ${tier}`,
      'leave --tier out to issue a key to it as it is',
    )
  }
  if (found && isOperator !== (found.isOperator ?? false)) {
    throw new BootstrapRefused(
      isOperator ? `the account ${name} is a customer's` : `the account ${name} is one of operators`,
      isOperator ? 'choose a name that no account has yet' : 'add --operator, or choose another account',
    )
  }
  if (found) return { account: found, created: false }
  const account = {
    accountId: randomUUID(),
    name,
    tier: tier ?? defaultTier,
    createdAt: nowMs,
    isOperator,
  }
  await insertAccount(trx, account)
  return { account, created: true }
}

function eventsOf(account: Account, isNew: boolean, key: ApiKey): ChangeEvent[] {
  const { accountId } = account
  const made: ChangeEvent = { action: 'account.created', accountId, after: auditedAccount(account) }
  const issued: ChangeEvent = { action: 'key.created', accountId, apiKeyId: key.apiKeyId, after: auditedKey(key) }
  return isNew ? [made, issued] : [issued]
}

function checkedName(of: string, name: string): string {
  const problem = keyNameProblem(name)
  if (problem) throw new BootstrapRefused(`the ${of} name ${problem}`, `choose another ${of} name`)
  return normalizeKeyName(name)
}

function checkedTier(tier: string, tiers: Settings['tiers']): string {
  if (Object.hasOwn(tiers, tier)) return tier
  throw new BootstrapRefused(`there is no usage tier ${tier}`, `choose one of ${Object.keys(tiers).join(', ')}`)
}

import { plainScopes } from '../../ui/scope-words.ts'

/** A key that is about to be made. */
export interface WantedKey {
  readonly name: string
  readonly scopes: readonly string[]
  readonly subaccount?: number | undefined
  /** As it is shown: "1 Mar 2027". */
  readonly until?: string | undefined
  readonly networks: readonly string[]
}

/** A key in a sentence or two. */
export function keyInWords({ name, scopes, subaccount, until, networks }: WantedKey): string {
  const who = name.trim() === '' ? 'This key' : `"${name.trim()}"`
  const what = scopes.length === 0 ? 'may do nothing yet' : `may ${listed(plainScopes(scopes).map(power))}`
  const from = networks.length === 0 ? '' : `, only from ${listed(networks, 'or')}`
  const end = until === undefined ? '' : `, until ${until}`
  const managing =
    subaccount !== undefined
      ? ` It cannot manage keys: bound to sub-account ${subaccount}.`
      : scopes.includes('write')
        ? ' It may manage the keys of this account.'
        : ''
  return `${who} ${what}${from}${end}.${managing}`
}

const POWERS: Readonly<Record<string, string>> = {
  read: 'read everything',
  'read::block_trade_accept': 'see block trades to accept',
  'read::portfolio_balance': 'read balances',
  write: 'change everything',
  'write::trade': 'trade',
  'write::transfer': 'move money',
  'write::fcm_risk': 'set risk limits',
  'write::block_trade_accept': 'accept block trades',
}

function power(scope: string): string {
  return POWERS[scope] ?? `use ${scope}`
}

function listed(items: readonly string[], last = 'and'): string {
  if (items.length < 2) return items[0] ?? ''
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`
}

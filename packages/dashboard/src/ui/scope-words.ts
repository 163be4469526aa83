/** What each default scope allows. */
const WORDS: Readonly<Record<string, string>> = {
  read: 'see everything below',
  'read::block_trade_accept': 'see block trades to accept',
  'read::portfolio_balance': 'see balances',
  write: 'change everything below; needs read',
  'write::trade': 'place and cancel orders',
  'write::transfer': 'move money',
  'write::fcm_risk': 'set risk limits',
  'write::block_trade_accept': 'accept block trades',
  admin: 'operate every account',
}

/** The parent of a scope; the scope itself where it has no parent. */
export function parentOf(scope: string): string {
  return scope.split('::', 1)[0] ?? scope
}

/** What a scope allows; for the deployment's own scopes, their names. */
export function scopeWords(scope: string): string {
  const known = WORDS[scope]
  if (known !== undefined) return known
  const name = scope.slice(scope.indexOf('::') + 2).replaceAll('_', ' ')
  return scope.includes('::') ? name : 'everything below'
}

/** The scopes of a deployment as a tree: each parent with its children, in the configured order. */
export function scopeTree(scopes: readonly string[]): { parent: string; children: string[] }[] {
  const parents = [...new Set(scopes.map(parentOf))]
  return parents.map((parent) => ({
    parent,
    children: scopes.filter((scope) => scope !== parent && parentOf(scope) === parent),
  }))
}

/** Scopes without the ones that another of them grants. */
export function plainScopes(scopes: readonly string[]): string[] {
  return scopes.filter((scope) => scope === parentOf(scope) || !scopes.includes(parentOf(scope)))
}

/** A choice of scopes after one was ticked or unticked: `write` needs `read`, and a parent takes the place of its children. */
export function toggleScope(scopes: readonly string[], value: readonly string[], scope: string): string[] {
  const without = value.filter((it) => it !== scope)
  if (value.includes(scope)) return scope === 'read' ? without.filter((it) => it !== 'write') : without
  const added = scope === parentOf(scope) ? without.filter((it) => parentOf(it) !== scope) : without
  const needed = scope === 'write' && !added.includes('read') ? ['read'] : []
  const next = [...added, scope, ...needed]
  return plainScopes(scopes.filter((it) => next.includes(it)))
}

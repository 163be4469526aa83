/** The default scopes (docs/wire.md section 1). A child is written `parent::child`. */
export const DEFAULT_SCOPES: readonly string[] = [
  'read',
  'read::block_trade_accept',
  'read::portfolio_balance',
  'write',
  'write::trade',
  'write::transfer',
  'write::fcm_risk',
  'write::block_trade_accept',
]

/** The scopes of a key whose maker named none. */
export const SCOPES_WHEN_OMITTED: readonly string[] = ['read', 'write']

/** Whether a set of scopes grants one scope, by itself or by its parent. */
export function grantsScope(held: readonly string[], needed: string): boolean {
  return held.includes(needed) || held.includes(parentOf(needed))
}

/** The scopes of `wanted` that `held` does not grant, in their order; none if all are granted. */
export function missingScopes(held: readonly string[], wanted: readonly string[]): string[] {
  return wanted.filter((scope) => !grantsScope(held, scope))
}

/**
 * Why a list of scopes cannot be a key's, or `undefined`: empty, unknown, listed twice, or `write` without `read`.
 *
 * @param known all scopes of the deployment
 */
export function scopeListProblem(scopes: readonly string[], known: readonly string[]): string | undefined {
  if (scopes.length === 0) return 'must name at least one scope'
  const unknown = scopes.find((scope) => !known.includes(scope))
  if (unknown !== undefined) return `unknown scope ${quoted(unknown)}; known: ${known.join(', ')}`
  const twice = scopes.find((scope, i) => scopes.indexOf(scope) !== i)
  if (twice !== undefined) return `scope ${quoted(twice)} is listed twice`
  if (scopes.includes('write') && !scopes.includes('read')) return 'scope "write" requires scope "read"'
  return undefined
}

function parentOf(scope: string): string {
  const separator = scope.indexOf('::')
  return separator === -1 ? scope : scope.slice(0, separator)
}

/** Bounded and escaped, because the sender's own text comes back in an answer. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text)
}

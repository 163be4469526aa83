import type { Profile } from '@countersign/protocol'

/** What a request needs. */
export interface Rule {
  /**
   * Anyone may call the route: no signature is read, nothing is claimed or charged, and the decision has no principal.
   * The target must still be unambiguous, and `query` counts; nothing else in the rule does.
   */
  readonly public?: true
  /** The scope that the key must hold, itself or by its parent; none if absent. */
  readonly scope?: string
  /** The weakest profile that the route accepts; any if absent. */
  readonly minimumProfile?: Profile
  /** Tokens that a request takes; 10 if absent. */
  readonly cost?: number
  /** The bucket of the usage tier that pays. If absent: `read` for GET and HEAD, else `write`. */
  readonly bucket?: string
  /**
   * Whether a signature counts once only.
   *
   * - absent: on every method but GET, HEAD and OPTIONS, and on every upgrade.
   * - `off`: never.
   * - `strict`: as absent, but the signature alone counts. With Ed25519 in access headers, two requests to one path in
   *   one millisecond have the same signature, whatever their bodies and queries are; the second is refused.
   * - `all`: as `strict`, on every method.
   */
  readonly replay?: 'off' | 'all' | 'strict'
  /** `refuse`: a target with a query is refused, because access headers do not sign it. */
  readonly query?: 'refuse'
  /**
   * The route is called inside the provider's network, not through the outer proxy: its path is signed without the
   * public prefix.
   */
  readonly isInternal?: true
}

/** Finds what a request needs, `undefined` if no rule allows it. The path is without the query. */
export type Rules = (method: string, path: string) => Rule | undefined

/** A rule and the requests that it applies to. */
export interface RuleRow extends Omit<Rule, 'isInternal'> {
  /**
   * `METHOD PATH`. The method is one, or `*`; GET matches HEAD too. In the path, `*` stands for one segment, and `**`
   * at its end for one or more.
   */
  readonly match: string
  /** `root`: the path is the whole path. If absent, the path is what follows the base path. */
  readonly under?: 'root'
}

/** Why a row's `match` cannot be used. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
}

/** Tokens that a request takes if its rule names no cost. */
export const DEFAULT_COST = 10

const READ: Rule = { scope: 'read' }
const WRITE: Rule = { scope: 'write' }

/** The default rules (docs/wire.md section 2): GET and HEAD need `read`, all else `write`. */
export const defaultRules: Rules = (method) => (isReading(method) ? READ : WRITE)

/** The bucket that pays if the rule names none. */
export function defaultBucket(method: string): 'read' | 'write' {
  return isReading(method) ? 'read' : 'write'
}

/**
 * Rules from rows. The first row that matches counts. A request that no row matches is not allowed.
 *
 * Paths are compared with their percent-escapes decoded, because an upstream would read `/%6frders` as `/orders`.
 * `check-target` has refused escapes that could change the segments.
 *
 * @param basePath the beginning of the paths of rows without `under: 'root'`; begins with a slash, or is empty
 * @throws RuleError
 */
export function compileRules(rows: readonly RuleRow[], basePath: string): Rules {
  const compiled = rows.map((row) => ({ row, ...parseMatch(row.match), matches: compileMatch(row, basePath) }))
  const methods = new Set([...compiled.map(({ method }) => method), 'HEAD'])
  const byMethod = new Map([...methods].map((asked) => [asked, compiled.filter((it) => isFor(it.method, asked))]))
  const forOthers = compiled.filter(({ method }) => method === '*')
  return (method, path) => {
    const segments = segmentsOf(path)
    return (byMethod.get(method) ?? forOthers).find(({ matches }) => matches(method, segments))?.row
  }
}

/**
 * Whether one row matches a request. `compileRules` asks the rows in order.
 *
 * @throws RuleError
 */
export function compileMatch(row: RuleRow, basePath: string): (method: string, segments: readonly string[]) => boolean {
  const { method, path } = parseMatch(row.match)
  const pattern = segmentsOf(row.under === 'root' ? path : basePath + path)
  const isOpen = pattern.at(-1) === '**'
  const fixed = isOpen ? pattern.slice(0, -1) : pattern
  if (fixed.includes('**')) throw new RuleError(`${quoted(row.match)}: ** can stand only at the end of the path`)
  if (fixed.some((segment) => segment.includes('*') && segment !== '*')) {
    throw new RuleError(`${quoted(row.match)}: * stands for a whole segment and cannot be a part of one`)
  }
  const last = fixed.length - 1
  return (asked, segments) => {
    if (!isFor(method, asked)) return false
    if (isOpen ? segments.length <= fixed.length : segments.length !== fixed.length) return false
    // From the end, because the rows of one API differ there.
    for (let i = last; i >= 0; i--) {
      if (fixed[i] === '*' ? segments[i] === '' : fixed[i] !== segments[i]) return false
    }
    return true
  }
}

/** The segments of a path, percent-escapes decoded byte by byte. */
export function segmentsOf(path: string): string[] {
  const decoded = path.includes('%') ? path.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => byteOf(hex)) : path
  return splitAtSlashes(decoded)
}

/**
 * The same as `path.slice(1).split('/')`. V8's own `split` looks each part up in the table of all its strings, which
 * costs more.
 */
function splitAtSlashes(path: string): string[] {
  const parts: string[] = []
  let start = 1
  for (let end = path.indexOf('/', 1); end !== -1; end = path.indexOf('/', start)) {
    parts.push(path.slice(start, end))
    start = end + 1
  }
  parts.push(path.slice(start))
  return parts
}

function parseMatch(match: string): { method: string; path: string } {
  const [, method, path] = /^([A-Z]+|\*) (\/[\x21-\x7e]*)$/.exec(match) ?? []
  if (!method || !path) throw new RuleError(`${quoted(match)} must be a method and a path, as in "GET /orders/*"`)
  if (/[?#%\\;]|\/\/|\/\.{1,2}(?:\/|$)/.test(path)) {
    throw new RuleError(`${quoted(match)}: a path has no query, escape, dot segment, backslash or semicolon`)
  }
  return { method, path }
}

/** Whether a row of one method applies to requests of another. */
function isFor(method: string, asked: string): boolean {
  return method === '*' || method === asked || (method === 'GET' && asked === 'HEAD')
}

function byteOf(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}

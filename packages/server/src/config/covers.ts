import { type RuleRow, segmentsOf } from '@countersign/gate'

/** The requests that a rule applies to. */
export interface Pattern {
  readonly method: string
  readonly segments: readonly string[]
  /** Whether it ended with `**`: one or more segments of any kind. */
  readonly isOpen: boolean
}

/** The pattern of a row whose `match` is known to be well formed. */
export function patternOf({ match, under }: RuleRow, basePath: string): Pattern {
  const [method = '', path = ''] = match.split(' ')
  const segments = segmentsOf(under === 'root' ? path : basePath + path)
  const isOpen = segments.at(-1) === '**'
  return { method, isOpen, segments: isOpen ? segments.slice(0, -1) : segments }
}

/** Whether one pattern matches every request that another one matches. */
export function covers(wide: Pattern, narrow: Pattern): boolean {
  return coversMethod(wide.method, narrow.method) && coversLength(wide, narrow) && coversSegments(wide, narrow)
}

function coversMethod(wide: string, narrow: string): boolean {
  return wide === '*' || wide === narrow || (wide === 'GET' && narrow === 'HEAD')
}

/** A closed pattern has no segment for the open end of the other; `coversSegments` handles that. */
function coversLength(wide: Pattern, narrow: Pattern): boolean {
  const shortest = narrow.segments.length + (narrow.isOpen ? 1 : 0)
  return wide.isOpen ? shortest > wide.segments.length : shortest === wide.segments.length
}

/** `*` matches any segment but an empty one. Only a literal empty segment (a slash at the end) and `**` match that. */
function coversSegments(wide: Pattern, narrow: Pattern): boolean {
  return wide.segments.every((segment, i) => {
    const other = narrow.segments[i]
    return segment === '*' ? other !== undefined && other !== '' : segment === other
  })
}

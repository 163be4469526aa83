import { pathOf } from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'

// %2f / . %5c \ %25 % %00, and a percent sign that begins no escape.
const AMBIGUOUS_ESCAPE = /%(?:2[fFeE5]|5[cC]|00|(?![0-9a-fA-F]{2}))/
const AMBIGUOUS_PATH = /\/\/|[\\;]|\/\.{1,2}(?:\/|$)/
const NOT_PRINTABLE_ASCII = /[^\x21-\x7e]/
const METHOD = /^[A-Z]{1,32}$/
/** Most requests have one of these, and need no other look. */
const COMMON_METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'])
/** Of these characters alone no ambiguous path can be made; most targets are like this, and need no other look. */
const PLAIN_TARGET = /^(?:\/[A-Za-z0-9_-]+)+(?:\?[!"$-~]*)?$/

/** Refuses a request line that could mean two things to two readers (DESIGN.md "Targets"). */
export function checkTarget({ method, target }: { method: string; target: string }): Denied | undefined {
  if (!COMMON_METHODS.has(method) && !METHOD.test(method)) return denied('request_malformed')
  if (PLAIN_TARGET.test(target)) return undefined
  if (!target.startsWith('/')) return denied('target_not_canonical', 'it does not begin with /')
  if (target.includes('#')) return denied('target_not_canonical', 'it contains #')
  if (NOT_PRINTABLE_ASCII.test(target)) {
    return denied('target_not_canonical', 'it contains a byte that is not printable ASCII')
  }
  const path = pathOf(target)
  const found = AMBIGUOUS_PATH.exec(path) ?? AMBIGUOUS_ESCAPE.exec(path)
  return found ? denied('target_not_canonical', `it contains ${path.substr(found.index, 3)}`) : undefined
}

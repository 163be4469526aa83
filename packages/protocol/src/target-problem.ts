import { pathOf } from './signed-text.ts'

// %2f / . %5c \ %25 % %3b ; control characters, and a percent sign that begins no escape.
const AMBIGUOUS_ESCAPE = /%(?:2[fFeE5]|3[bB]|5[cC]|[01][0-9a-fA-F]|7[fF]|(?![0-9a-fA-F]{2}))/
const ESCAPE_BEYOND_ASCII = /%[89a-fA-F]/
/**
 * The characters that some upstreams read for a fullwidth or compatibility character: a part of the path that was not
 * there.
 */
const STRUCTURE = /[./\\;%?#]/
const AMBIGUOUS_PATH = /\/\/|[\\;]|\/\.{1,2}(?:\/|$)/
const NOT_PRINTABLE_ASCII = /[^\x21-\x7e]/
/** No ambiguous path consists of these characters only. Most targets match and need no other check. */
const PLAIN_TARGET = /^(?:\/[A-Za-z0-9_-]+)+(?:\?[!"$-~]*)?$/

/**
 * Why a request target could mean two things to two readers (docs/wire.md section 2), as a clause: `it contains %2f`.
 * `undefined` if it has one meaning. Gate and doctor share this rule.
 *
 * @param target the request target exactly as sent, query included
 */
export function targetProblem(target: string): string | undefined {
  if (PLAIN_TARGET.test(target)) return undefined
  if (!target.startsWith('/')) return 'it does not begin with /'
  if (target.includes('#')) return 'it contains #'
  if (NOT_PRINTABLE_ASCII.test(target)) return 'it contains a byte that is not printable ASCII'
  const path = pathOf(target)
  const found = AMBIGUOUS_PATH.exec(path) ?? AMBIGUOUS_ESCAPE.exec(path)
  if (found) return `it contains ${path.substr(found.index, 3)}`
  return ESCAPE_BEYOND_ASCII.test(path) ? problemBeyondAscii(path) : undefined
}

/**
 * Escapes that are no UTF-8 (`%c0%af`, an overlong slash), and characters that some read as one of `. / \\ ; % ? #`.
 */
function problemBeyondAscii(path: string): string | undefined {
  let text: string
  try {
    text = decodeURIComponent(path)
  } catch {
    return 'it contains escapes that are no UTF-8'
  }
  for (const [character] of text.matchAll(/[^ -~]/gu)) {
    const read = STRUCTURE.exec(character.normalize('NFKC'))
    if (read) return `it contains ${encodeURIComponent(character)}, which some read as ${read[0]}`
  }
  return undefined
}

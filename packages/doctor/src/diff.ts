/** A part of two texts: the same in both, only in the signed one, only in the expected one, or different in both. */
export interface DiffSegment {
  readonly kind: 'same' | 'extra' | 'missing' | 'changed'
  readonly signed: string
  readonly expected: string
}

/** Where two texts differ. `start` and `end` count UTF-16 units of each text, as JavaScript does. */
export interface DiffRange {
  readonly kind: 'extra' | 'missing' | 'changed'
  readonly signed: { readonly start: number; readonly end: number }
  readonly expected: { readonly start: number; readonly end: number }
}

/** The signed text beside the expected text. */
export interface SignedTextDiff {
  readonly signed: string
  readonly expected: string
  /** The parts. Joined, their two sides are the two texts. */
  readonly segments: readonly DiffSegment[]
  /** Empty if the texts are equal. */
  readonly ranges: readonly DiffRange[]
  /** The same in words, for a screen reader. */
  readonly sentence: string
}

/** Beyond this many comparisons only the first and the last difference are searched. */
const MAX_CELLS = 1_000_000
/** A shorter run of equal characters between two differences is chance, and becomes part of them. */
const MIN_RUN = 4

/** The difference between the signed and the expected text. */
export function diffSignedText(signed: string, expected: string): SignedTextDiff {
  const segments = segmentsOf(signed, expected)
  const ranges: DiffRange[] = []
  let [atSigned, atExpected] = [0, 0]
  for (const { kind, signed: a, expected: b } of segments) {
    if (kind !== 'same') {
      ranges.push({
        kind,
        signed: { start: atSigned, end: atSigned + a.length },
        expected: { start: atExpected, end: atExpected + b.length },
      })
    }
    atSigned += a.length
    atExpected += b.length
  }
  return { signed, expected, segments, ranges, sentence: sentenceOf(ranges, signed, expected) }
}

function segmentsOf(signed: string, expected: string): DiffSegment[] {
  const shorter = Math.min(signed.length, expected.length)
  let start = 0
  while (start < shorter && signed[start] === expected[start]) start++
  let end = 0
  while (end < shorter - start && signed.at(-1 - end) === expected.at(-1 - end)) end++
  // Several descriptions can be right. This one lets a part of a path begin with its slash.
  if (start + end === shorter && signed[start - 1] === '/' && longer(signed, expected).at(-1 - end) === '/') {
    start--
    end++
  }
  const a = signed.slice(start, signed.length - end)
  const b = expected.slice(start, expected.length - end)
  const middle = a !== '' && b !== '' && a.length * b.length <= MAX_CELLS ? between(a, b) : [segment(a, b)]
  const same = (text: string): DiffSegment => ({ kind: 'same', signed: text, expected: text })
  return [same(signed.slice(0, start)), ...middle, same(signed.slice(signed.length - end))].filter(
    (it) => it.signed !== '' || it.expected !== '',
  )
}

function longer(a: string, b: string): string {
  return a.length > b.length ? a : b
}

/** The longest common run, and the parts before and after it, compared in the same way. */
function between(a: string, b: string): DiffSegment[] {
  if (a === '' && b === '') return []
  const run = longestRun(a, b)
  if (run.length < MIN_RUN) return [segment(a, b)]
  const text = a.slice(run.inA, run.inA + run.length)
  return [
    ...between(a.slice(0, run.inA), b.slice(0, run.inB)),
    { kind: 'same', signed: text, expected: text },
    ...between(a.slice(run.inA + run.length), b.slice(run.inB + run.length)),
  ]
}

function longestRun(a: string, b: string): { inA: number; inB: number; length: number } {
  let best = { inA: 0, inB: 0, length: 0 }
  let previous = new Uint16Array(b.length + 1)
  for (let i = 0; i < a.length; i++) {
    const current = new Uint16Array(b.length + 1)
    for (let j = 0; j < b.length; j++) {
      if (a[i] !== b[j]) continue
      const length = (previous[j] ?? 0) + 1
      current[j + 1] = length
      if (length > best.length) best = { inA: i - length + 1, inB: j - length + 1, length }
    }
    previous = current
  }
  return best
}

function segment(signed: string, expected: string): DiffSegment {
  const kind = expected === '' ? 'extra' : signed === '' ? 'missing' : 'changed'
  return { kind, signed, expected }
}

function sentenceOf(ranges: readonly DiffRange[], signed: string, expected: string): string {
  if (ranges.length === 0) return 'The signed text is the expected one.'
  return ranges
    .map((range) => {
      const a = signed.slice(range.signed.start, range.signed.end)
      const b = expected.slice(range.expected.start, range.expected.end)
      const at = range.signed.start + 1
      if (range.kind === 'extra') return `${count(a)} at position ${at} were signed but should not be: ${visible(a)}`
      if (range.kind === 'missing') return `${count(b)} at position ${at} should be signed and were not: ${visible(b)}`
      return `At position ${at}, ${visible(a)} was signed where ${visible(b)} is expected`
    })
    .join('. ')
}

function count(text: string): string {
  return `${text.length} ${text.length === 1 ? 'character' : 'characters'}`
}

/** A text with visible spaces and control characters: `·`, `\n`, `\r`, `\t`, `\u{0}`. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u0020]/gu, (character) => {
    return SIGNS[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`
  })
}

const SIGNS: Readonly<Record<string, string>> = { ' ': '·', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

import { compileMatch, type RuleRow, segmentsOf } from '@countersign/gate'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, patternOf } from './covers.ts'

const BASE = '/v1'

// Small enough to try every request that could tell two patterns apart.
const SEGMENTS = ['a', 'b', '']
const METHODS = ['GET', 'HEAD', 'POST']
const REQUESTS = METHODS.flatMap((method) => pathsOf(4).map((path) => ({ method, path })))

const rows: fc.Arbitrary<RuleRow> = fc
  .record({
    method: fc.constantFrom('GET', 'HEAD', 'POST', '*'),
    segments: fc.array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 2 }),
    end: fc.constantFrom('', '', '/', '/**'),
    isRoot: fc.boolean(),
  })
  .map(({ method, segments, end, isRoot }) => ({
    match: `${method} ${isRoot ? BASE : ''}/${segments.join('/')}${end}`,
    ...(isRoot && { under: 'root' as const }),
  }))

function pathsOf(depth: number): string[] {
  if (depth === 0) return ['']
  return ['', ...pathsOf(depth - 1).flatMap((rest) => SEGMENTS.map((segment) => `/${segment}${rest}`))]
}

describe('covers', () => {
  it('is true exactly where no request matches the second pattern alone', () => {
    fc.assert(
      fc.property(rows, rows, (wide, narrow) => {
        const byWide = compileMatch(wide, BASE)
        const byNarrow = compileMatch(narrow, BASE)
        const escapes = REQUESTS.some(({ method, path }) => {
          const segments = segmentsOf(BASE + path)
          return byNarrow(method, segments) && !byWide(method, segments)
        })
        expect(covers(patternOf(wide, BASE), patternOf(narrow, BASE))).toBe(!escapes)
      }),
      // Two patterns drawn at random seldom cover each other.
      { numRuns: 1_500, examples: [[{ match: 'GET /**' }, { match: 'HEAD /a/' }]] },
    )
  })
})

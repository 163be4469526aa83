import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffSignedText, visible } from './diff.ts'

describe('diffSignedText', () => {
  test.each([
    ['a query', '1GET/orders?status=open', '1GET/orders', [['extra', '?status=open', '']]],
    ['a base path', '1GET/orders', '1GET/trade-api/v2/orders', [['missing', '', '/trade-api/v2']]],
    ['a method', '1get/orders', '1GET/orders', [['changed', 'get', 'GET']]],
    [
      'two places',
      '1get/orders?a',
      '1GET/orders',
      [
        ['changed', 'get', 'GET'],
        ['extra', '?a', ''],
      ],
    ],
    ['nothing', 'same', 'same', []],
    ['all', 'abc', 'xyz', [['changed', 'abc', 'xyz']]],
  ] as const)('%s', (_, signed, expected, differences) => {
    const { segments } = diffSignedText(signed, expected)
    const differing = segments.filter(({ kind }) => kind !== 'same')
    expect(differing.map((segment) => [segment.kind, segment.signed, segment.expected])).toEqual(differences)
  })

  test('segments and ranges make up both texts, whatever they are', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '\u{1f511}'), maxLength: 40 })
    fc.assert(
      fc.property(text, text, (signed, expected) => {
        const diff = diffSignedText(signed, expected)
        expect(diff.segments.map((segment) => segment.signed).join('')).toBe(signed)
        expect(diff.segments.map((segment) => segment.expected).join('')).toBe(expected)
        expect(diff.ranges.length === 0).toBe(signed === expected)
        for (const { kind, signed: a, expected: b } of diff.ranges) {
          expect(a.start < a.end).toBe(kind !== 'missing')
          expect(b.start < b.end).toBe(kind !== 'extra')
        }
      }),
    )
  })

  test('texts too long to compare in full differ from the first to the last difference', () => {
    const [signed, expected] = ['a'.repeat(2000), 'b'.repeat(2000)]
    expect(diffSignedText(`x${signed}y`, `x${expected}y`).ranges).toHaveLength(1)
  })

  test('says it in words', () => {
    expect(diffSignedText('1GET/a?b=1', '1GET/a').sentence).toBe(
      '4 characters at position 7 were signed but should not be: ?b=1',
    )
    expect(diffSignedText('1GET/a\n', '1GET/a').sentence).toContain('1 character at position 7')
  })
})

test('visible shows what cannot be seen', () => {
  expect(visible('a b\n\r\t\u0000\u202e')).toBe('a·b\\n\\r\\t\\u{0}\\u{202e}')
})

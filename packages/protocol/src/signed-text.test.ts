import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { malformedPart, pathOf, signedText, strictSignedText } from './signed-text.ts'

const timestamp = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 13, maxLength: 13 })
const method = fc.oneof(
  fc.constantFrom('GET', 'POST', 'DELETE'),
  fc.string({ unit: fc.constantFrom(...'ABXYZ'), minLength: 1, maxLength: 8 }),
)
const path = fc.string({ unit: fc.constantFrom(...'/aAZ09.-_~%2F:@!$&'), maxLength: 30 }).map((rest) => `/${rest}`)
const query = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((parameters) => `?${parameters}`),
)

describe('pathOf', () => {
  it.each([
    ['/a', '/a'],
    ['/a/?x=1', '/a/'],
    ['/a?x=1?y=2', '/a'],
    ['/a?', '/a'],
    ['?', ''],
    ['/a%3Fb', '/a%3Fb'],
    ['', ''],
  ])('of %j is %j', (target, expected) => {
    expect(pathOf(target)).toBe(expected)
  })
})

describe('signedText', () => {
  it('is the example of the contract', () => {
    expect(signedText('1703123456789', 'GET', '/trade-api/v2/portfolio/balance')).toBe(
      '1703123456789GET/trade-api/v2/portfolio/balance',
    )
  })

  it('leaves the query out and nothing else', () => {
    fc.assert(
      fc.property(timestamp, method, path, query, (timestamp, method, path, query) => {
        expect(signedText(timestamp, method, path + query)).toBe(timestamp + method + path)
      }),
    )
  })

  it('never is the same for two requests of the strict forms', () => {
    fc.assert(
      fc.property(timestamp, method, path, (timestamp, method, path) => {
        const text = signedText(timestamp, method, path)
        const readings = everyReadingOf(text).filter((reading) => !malformedPart(...reading))
        expect(readings).toEqual([[timestamp, method, path]])
      }),
      { numRuns: 200 },
    )
  })
})

describe('malformedPart', () => {
  it('finds nothing in the strict forms', () => {
    fc.assert(
      fc.property(timestamp, method, path, query, (timestamp, method, path, query) => {
        expect(malformedPart(timestamp, method, path + query)).toBeUndefined()
      }),
    )
    expect(malformedPart('1703123456789', 'GET', '/a?q=é#x')).toBeUndefined()
  })

  it.each([
    '',
    '1703123456',
    '170312345678',
    '17031234567890',
    '170312345678x',
    ' 1703123456789',
    '1703123456789\n',
    '+703123456789',
    '1703123456.89',
    '١٧٠٣١٢٣٤٥٦٧٨٩',
  ])('finds the timestamp %j', (timestamp) => {
    expect(malformedPart(timestamp, 'GET', '/')).toBe('timestamp')
  })

  it.each(['', 'get', 'Get', '9GET', 'GET9', 'M-SEARCH', 'GET ', 'GET\n', 'GET/', 'GÉT'])(
    'finds the method %j',
    (method) => {
      expect(malformedPart('1703123456789', method, '/')).toBe('method')
    },
  )

  it.each(['', 'a', '?a', 'http://a/b', '*', '/a b', '/a\n', '/é', '/a#b', '/\0', '/\x7f', '/\ud800'])(
    'finds the target %j',
    (target) => {
      expect(malformedPart('1703123456789', 'GET', target)).toBe('target')
    },
  )
})

/** Each way to read a text as a timestamp, a method and a path. */
function everyReadingOf(text: string): [string, string, string][] {
  const cuts = Array.from({ length: text.length + 1 }, (_, at) => at)
  return cuts.flatMap((first) =>
    cuts
      .filter((second) => second >= first)
      .map((second): [string, string, string] => [text.slice(0, first), text.slice(first, second), text.slice(second)]),
  )
}

describe('strictSignedText', () => {
  const part = (...likely: string[]) =>
    fc.oneof(
      fc.constantFrom(...likely),
      fc.string({ unit: fc.constantFrom(...'0123456789ABGETX/?#% a\n\u00e9'), maxLength: 16 }),
      timestamp,
    )

  it('is the signed text where no part is malformed, and nothing else is', () => {
    const seen = new Set<boolean>()
    fc.assert(
      fc.property(
        part('1703123456789', '170312345678', '1703123456789G'),
        part('GET', 'ET', 'GET/x', ''),
        part('/', '/a/b', '/a?b#c', 'a', '/a b', '/a#', '/\u00e9', '//'),
        (timestamp, method, target) => {
          const isStrict = malformedPart(timestamp, method, target) === undefined
          seen.add(isStrict)
          expect(strictSignedText(timestamp, method, target)).toBe(
            isStrict ? signedText(timestamp, method, target) : undefined,
          )
        },
      ),
      { numRuns: 5_000 },
    )
    expect(seen).toEqual(new Set([true, false]))
  })
})

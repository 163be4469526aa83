import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileRules, defaultBucket, defaultRules, RuleError, type RuleRow, segmentsOf } from './rules.ts'
import { checkTarget } from './steps/check-target.ts'

/** What was matched, by the row's own text. */
function find(rows: readonly (string | RuleRow)[], method: string, path: string, basePath = ''): string | undefined {
  const compiled = compileRules(
    rows.map((row) => (typeof row === 'string' ? { match: row, scope: row } : { scope: row.match, ...row })),
    basePath,
  )
  return compiled(method, path)?.scope
}

describe('a row matches', () => {
  test.each([
    ['GET /orders', 'GET', '/orders'],
    ['GET /orders', 'HEAD', '/orders'],
    ['HEAD /orders', 'HEAD', '/orders'],
    ['* /orders', 'PATCH', '/orders'],
    ['GET /', 'GET', '/'],
    ['GET /orders/', 'GET', '/orders/'],
    ['GET /orders/*', 'GET', '/orders/1'],
    ['GET /orders/*/fills', 'GET', '/orders/1/fills'],
    ['GET /*/*', 'GET', '/a/b'],
    ['GET /orders/**', 'GET', '/orders/1'],
    ['GET /orders/**', 'GET', '/orders/1/2/3'],
    ['GET /orders/**', 'GET', '/orders/'],
    ['* /**', 'GET', '/'],
    ['* /**', 'POST', '/a/b'],
    ['GET /*/**', 'GET', '/a/b/c'],
    ['GET /orders', 'GET', '/%6frders'],
    ['GET /orders', 'GET', '/%6F%72%64%65%72%73'],
    ['GET /orders/*', 'GET', '/orders/%2a'],
    ["GET /a:b@c!$&'()+,=~-._", 'GET', "/a:b@c!$&'()+,=~-._"],
  ])('%s: %s %s', (row, method, path) => expect(find([row], method, path)).toBe(row))
})

describe('a row does not match', () => {
  test.each([
    ['GET /orders', 'POST', '/orders'],
    ['HEAD /orders', 'GET', '/orders'],
    ['GET /orders', 'GET', '/orders/'],
    ['GET /orders/', 'GET', '/orders'],
    ['GET /orders', 'GET', '/Orders'],
    ['GET /orders', 'GET', '/orders/1'],
    ['GET /orders/*', 'GET', '/orders'],
    ['GET /orders/*', 'GET', '/orders/'],
    ['GET /orders/*', 'GET', '/orders/1/2'],
    ['GET /orders/**', 'GET', '/orders'],
    ['GET /orders/**', 'GET', '/ordersX/1'],
    ['GET /*/**', 'GET', '//a'],
    ['GET /é', 'GET', '/%C3%A9'],
    ['GET /a.c', 'GET', '/abc'],
    ['GET /(a)+', 'GET', '/aa'],
  ])('%s: %s %s', (row, method, path) => {
    if (row.includes('é')) expect(() => find([row], method, path)).toThrow(RuleError)
    else expect(find([row], method, path)).toBeUndefined()
  })
})

describe('of several rows', () => {
  test('the first that matches counts', () => {
    const rows = ['GET /orders/open', 'GET /orders/*', 'GET /**', '* /**']
    expect(find(rows, 'GET', '/orders/open')).toBe('GET /orders/open')
    expect(find(rows, 'GET', '/orders/1')).toBe('GET /orders/*')
    expect(find(rows, 'GET', '/balance')).toBe('GET /**')
    expect(find(rows, 'POST', '/orders/open')).toBe('* /**')
    expect(find([...rows].reverse(), 'GET', '/orders/open')).toBe('* /**')
  })

  test('without a match there is no rule, and without rows never one', () => {
    expect(find(['GET /orders'], 'GET', '/other')).toBeUndefined()
    expect(find([], 'GET', '/')).toBeUndefined()
  })
})

describe('the base path', () => {
  test('goes before all paths but those under the root', () => {
    const rows: RuleRow[] = [{ match: 'GET /orders' }, { match: 'GET /healthz', under: 'root' }]
    expect(find(rows, 'GET', '/v2/orders', '/v2')).toBe('GET /orders')
    expect(find(rows, 'GET', '/orders', '/v2')).toBeUndefined()
    expect(find(rows, 'GET', '/healthz', '/v2')).toBe('GET /healthz')
    expect(find(rows, 'GET', '/v2/healthz', '/v2')).toBeUndefined()
  })
})

describe('a row is refused', () => {
  test.each([
    ['', 'must be a method and a path'],
    ['/orders', 'must be a method and a path'],
    ['GET', 'must be a method and a path'],
    ['GET orders', 'must be a method and a path'],
    ['get /orders', 'must be a method and a path'],
    ['GET,POST /orders', 'must be a method and a path'],
    ['GET  /orders', 'must be a method and a path'],
    ['GET /orders ', 'must be a method and a path'],
    ['GET /or ders', 'must be a method and a path'],
    ['GET /ordérs', 'must be a method and a path'],
    ['GET /orders?x=1', 'has no query'],
    ['GET /orders#x', 'has no query'],
    ['GET /%6frders', 'has no query'],
    ['GET //orders', 'has no query'],
    ['GET /a/../b', 'has no query'],
    ['GET /a/.', 'has no query'],
    ['GET /a\\b', 'has no query'],
    ['GET /a;b', 'has no query'],
    ['GET /a/**/b', 'only at the end'],
    ['GET /**/**', 'only at the end'],
    ['GET /orders*', 'a whole segment'],
    ['GET /a/x*y/b', 'a whole segment'],
    ['GET /a/***', 'a whole segment'],
  ])('%j', (match, words) => {
    expect(() => compileRules([{ match }], '')).toThrow(RuleError)
    expect(() => compileRules([{ match }], '')).toThrow(words)
    expect(() => compileRules([{ match }], '')).toThrow(JSON.stringify(match))
  })
})

test('what a path decodes to decides, so that no path has two meanings', () => {
  const name = fc.stringMatching(/^[a-c]{1,2}$/)
  const pattern = fc.array(fc.oneof(name, fc.constant('*')), { minLength: 1, maxLength: 3 })
  const rows = fc.array(
    fc.tuple(fc.constantFrom('GET', 'POST', '*'), pattern, fc.boolean()).map(([method, segments, isOpen]) => {
      return `${method} /${segments.join('/')}${isOpen ? '/**' : ''}`
    }),
    { minLength: 1, maxLength: 6 },
  )
  const segment = fc.array(fc.tuple(fc.constantFrom(...'abcd'), fc.constantFrom('plain', 'lower', 'upper')), {
    minLength: 1,
    maxLength: 2,
  })
  const path = fc.array(segment, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(rows, fc.constantFrom('GET', 'HEAD', 'POST'), path, (rows, method, path) => {
      const plain = path.map((segment) => segment.map(([character]) => character).join(''))
      const spelled = `/${path.map((segment) => segment.map(spell).join('')).join('/')}`
      expect(checkTarget({ method, target: spelled })).toBeUndefined()
      const found = find(rows, method, spelled)
      expect(found).toBe(find(rows, method, `/${plain.join('/')}`))
      expect(found).toBe(rows.find((row) => readsAs(row, method, plain)))
    }),
    { numRuns: 3_000 },
  )
})

test('nothing throws, whatever the path', () => {
  const rules = compileRules([{ match: 'GET /a/*' }, { match: '* /**' }], '')
  const near = fc.string({ unit: fc.constantFrom(...'/%2fa*.?\u0000é') })
  fc.assert(
    fc.property(fc.constantFrom('GET', 'POST', ''), fc.oneof(fc.string({ unit: 'binary' }), near), (method, path) => {
      rules(method, path)
    }),
    { numRuns: 5_000 },
  )
})

test('segments are decoded once and byte by byte', () => {
  expect(segmentsOf('/a/%62/%2562/%zz/%C3')).toEqual(['a', 'b', '%62', '%zz', '\u00c3'])
})

test('without rows, GET and HEAD read and all else writes', () => {
  for (const method of ['GET', 'HEAD']) {
    expect([defaultRules(method, '/'), defaultBucket(method)]).toEqual([{ scope: 'read' }, 'read'])
  }
  for (const method of ['POST', 'DELETE', 'OPTIONS', 'X']) {
    expect([defaultRules(method, '/'), defaultBucket(method)]).toEqual([{ scope: 'write' }, 'write'])
  }
})

function spell([character, how]: [string, string]): string {
  if (how === 'plain') return character
  const hex = character.charCodeAt(0).toString(16)
  return `%${how === 'lower' ? hex : hex.toUpperCase()}`
}

/** The matcher once more, as a regular expression. */
function readsAs(row: string, method: string, segments: readonly string[]): boolean {
  const [expected = '', pattern = ''] = row.split(' ')
  if (expected !== '*' && expected !== method && !(expected === 'GET' && method === 'HEAD')) return false
  const expression = pattern.replace(/\*\*$/, '.+').replaceAll('*', '[^/]+')
  return new RegExp(`^${expression}$`).test(`/${segments.join('/')}`)
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkTarget } from './check-target.ts'

const verdict = (target: string) => checkTarget({ method: 'GET', target })?.denied

describe('one meaning', () => {
  test.each([
    '/',
    '/a',
    '/a/',
    '/a/b?c=d',
    '/a%20b',
    '/a+b',
    '/.well-known/x',
    '/a/..b',
    '/a/...',
    '/a/b.c',
    '/~user',
    "/a:b@c!$&'()*,=",
    '/%C3%A9',
    '/%E6%9D%B1%E4%BA%AC/%F0%9F%98%80',
    '/a?x=%3b%c0%af%EF%BC%8F',
    '/a./b',
    '/a?x=//..%2f%2e;\\%25%00%zz',
    '/?',
  ])('%s', (target) => expect(verdict(target)).toBeUndefined())
})

describe('two meanings', () => {
  test.each([
    '',
    '*',
    'a',
    'http://host/a',
    '//host/a',
    '/a//b',
    '/a/./b',
    '/a/../b',
    '/a/..',
    '/.',
    '/..',
    '/a/.?x',
    '/a\\b',
    '/a;b',
    '/a;x=1/b',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a%5Cb',
    '/%2e%2e/a',
    '/%2E/a',
    '/a%252fb',
    '/a%00b',
    '/a%3bb',
    '/a%3Bx=1',
    '/a%0ab',
    '/a%0D',
    '/a%1f',
    '/a%7F',
    '/a%c0%afb',
    '/%c0%ae%c0%ae/a',
    '/a%e0%80%af',
    '/a%80',
    '/a%ff',
    '/a%C3',
    '/a%ed%a0%80',
    '/a%EF%BC%8Fb',
    '/%ef%bc%8e%ef%bc%8e/a',
    '/a%EF%BC%BCb',
    '/a%EF%BC%9Bb',
    '/a%EF%BC%85b',
    '/%E2%80%A5/a',
    '/a%E2%84%80',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a%u0041',
    '/a#b',
    '/a?x#b',
    '/a b',
    '/a\tb',
    '/a\u0000',
    '/a\u007f',
    '/é',
    '/a?é',
    '/a\r\nb',
  ])('%j', (target) => expect(verdict(target)).toBe('target_not_canonical'))
})

test.each(['', 'get', 'GeT', 'M-SEARCH', 'GET ', 'GÉT', 'A'.repeat(33)])('method %j is refused', (method) => {
  expect(checkTarget({ method, target: '/' })?.denied).toBe('request_malformed')
})

test('says what it found', () => {
  expect(checkTarget({ method: 'GET', target: '/a%2fb' })?.details).toBe('it contains %2f')
})

test('never throws, and what it lets through names the same segments to a reader that decodes and normalises', () => {
  const characters = fc.string({ unit: fc.constantFrom(...'/.%25cCeE0f;\\ab?#^{') })
  fc.assert(
    fc.property(fc.oneof(fc.string(), characters), (text) => {
      const target = `/${text}`
      if (verdict(target)) return
      const normalised = new URL(target, 'http://host').pathname
      const asSent = target.split('?', 1)[0] ?? ''
      expect(normalised.split('/').map(percentDecoded)).toEqual(asSent.split('/').map(percentDecoded))
      expect(percentDecoded(asSent).split('/')).toHaveLength(asSent.split('/').length)
    }),
    { numRuns: 5_000 },
  )
})

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}

import { describe, expect, test } from 'vitest'
import { keyNameProblem, normalizeKeyName, subaccountProblem } from './key-rules.ts'

describe('keyNameProblem', () => {
  test.each([
    ['one character', 'a'],
    ['128 characters', 'a'.repeat(128)],
    ['128 characters of two UTF-16 units each', '😀'.repeat(128)],
    ['128 characters once trimmed', `  ${'a'.repeat(128)}\n`],
    ['any script', 'مفتاح 鍵 ключ'],
  ])('accepts %s', (_, name) => {
    expect(keyNameProblem(name)).toBeUndefined()
  })

  test.each([
    ['nothing', '', 'must have 1 to 128 characters'],
    ['white space only', ' \t\n ', 'must have 1 to 128 characters'],
    ['129 characters', 'a'.repeat(129), 'must have 1 to 128 characters'],
    ['129 characters of two UTF-16 units each', '😀'.repeat(129), 'must have 1 to 128 characters'],
    ['NUL', 'a\0b', 'must not contain control characters'],
    ['a line break inside', 'a\nb', 'must not contain control characters'],
    ['escape', 'a\u001b[31m', 'must not contain control characters'],
    ['DEL', 'a\u007fb', 'must not contain control characters'],
    ['a C1 control', 'a\u0085b', 'must not contain control characters'],
    ['a lone high surrogate', 'a\ud83db', 'must be valid Unicode'],
    ['a lone low surrogate', 'a\ude00b', 'must be valid Unicode'],
  ])('refuses %s', (_, name, problem) => {
    expect(keyNameProblem(name)).toBe(problem)
  })

  test('a name is kept without the white space around it', () => {
    expect(normalizeKeyName('\u00a0 pricing-bot\n')).toBe('pricing-bot')
  })
})

describe('subaccountProblem', () => {
  test.each([0, 1, 63])('accepts %d', (subaccount) => {
    expect(subaccountProblem(subaccount)).toBeUndefined()
  })

  test.each([-1, 64, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (subaccount) => {
    expect(subaccountProblem(subaccount)).toBe('must be an integer from 0 to 63')
  })
})

import { describe, expect, test } from 'vitest'
import { REFUSAL_TEXTS, refusalText } from './refusal-texts.ts'
import { REFUSALS, type RefusalName, refusalBody } from './refusals.ts'

describe('the text of a refusal', () => {
  test.each(Object.entries(REFUSAL_TEXTS))('%s is a title and a fix in whole sentences', (_, { title, fix }) => {
    expect(title).toMatch(/^[A-Z].*[^.]$/)
    expect(fix).toMatch(/^[A-Z].*[.]$/)
  })

  test.each(Object.keys(REFUSALS) as RefusalName[])('%s is found by the words of its body', (name) => {
    const body = refusalBody(name)
    const words = 'code' in body ? body : typeof body.error === 'string' ? { code: name } : body.error
    const found = refusalText(words.code, 'details' in words ? words.details : undefined)
    // Two rows have one code and no details: their bodies cannot be told apart.
    const own = name === 'request_malformed' ? 'body_malformed' : name
    expect(found).toBe(REFUSAL_TEXTS[own])
  })

  test('is found where the details say more than the row', () => {
    expect(refusalText('insufficient_scope', 'write')).toBe(REFUSAL_TEXTS.insufficient_scope)
  })

  test('is not guessed for words of somebody else', () => {
    expect(refusalText('teapot')).toBeUndefined()
    expect(refusalText('authentication_error', 'SOMETHING_ELSE')).toBeUndefined()
  })
})

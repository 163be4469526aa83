import { afterEach, expect, test, vi } from 'vitest'
import { readComponent } from './component.ts'
import type { RequestMessage } from './message.ts'
import { MAX_COMPONENTS } from './message-signature.ts'
import { MAX_BASE_LENGTH, signatureBase } from './signature-base.ts'

afterEach(() => void vi.restoreAllMocks())

function baseOf(components: readonly string[], changes: Partial<RequestMessage>): unknown {
  const message: RequestMessage = {
    method: 'GET',
    target: '/',
    authority: 'a',
    scheme: 'https',
    header: () => undefined,
    ...changes,
  }
  return signatureBase({ components: components.map(readComponent), parametersText: '()' }, message)
}

test('a query is taken apart once, however many of its parameters are covered', () => {
  const parse = vi.spyOn(globalThis, 'URLSearchParams')
  const names = Array.from({ length: MAX_COMPONENTS }, (_, i) => `p${i}`)
  const target = `/?${names.map((name) => `${name}=1`).join('&')}`
  const base = baseOf(
    names.map((name) => `@query-param;name="${name}"`),
    { target },
  )
  expect(base).toContain(`"@query-param";name="p${MAX_COMPONENTS - 1}": 1\n`)
  expect(parse).toHaveBeenCalledTimes(1)
})

test('blanks within a field take no more time than other characters: it would grow with their square', () => {
  const value = `a${' '.repeat(30_000)}b`
  expect(baseOf(['x'], { header: () => ` \t${value}\t ` })).toBe(`"x": ${value}\n"@signature-params": ()`)
})

test('what a signature covers is bounded: the same field in several forms is not', () => {
  const value = 'v'.repeat(MAX_BASE_LENGTH - 40)
  expect(baseOf(['x'], { header: () => value })).toMatch(/^"x": v+\n/)
  expect(baseOf(['x', 'y'], { header: () => value })).toMatchObject({
    problem: 'base_too_long',
    message: 'a signature may cover 32768 characters',
  })
})

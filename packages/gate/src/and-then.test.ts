import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { andThen, attempt, settle } from './and-then.ts'

const PROMISES: readonly (readonly [string, () => Promise<number>])[] = [
  ['a promise', async () => 1],
  ['a promise of another realm', () => runInNewContext('Promise.resolve(1)')],
]

describe.each(PROMISES)('%s', (_, make) => {
  test('is waited for', async () => {
    expect(await andThen(make(), (value) => value + 1)).toBe(2)
    expect(await new Promise((resolve) => settle(make(), resolve, () => resolve('failed')))).toBe(1)
  })
})

test('what is at hand goes on at once', () => {
  expect(andThen(1, (value) => value + 1)).toBe(2)
  const seen: number[] = []
  settle(
    1,
    (value) => seen.push(value),
    () => seen.push(-1),
  )
  expect(seen).toEqual([1])
})

test('a throw becomes a rejection', async () => {
  const made = attempt<number>(() => {
    throw new RangeError('no')
  })
  await expect(made).rejects.toThrow(RangeError)
  expect(await new Promise((resolve) => settle(Promise.reject(new RangeError()), resolve, resolve))).toBeInstanceOf(
    RangeError,
  )
})

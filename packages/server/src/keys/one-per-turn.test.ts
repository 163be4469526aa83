import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { onePerTurn } from './one-per-turn.ts'

test('starts one a turn, in the order of the calls, and gives each caller its own', async () => {
  const started: number[] = []
  const run = onePerTurn(async (i: number) => {
    started.push(i)
    return i * 10
  })
  const results = [1, 2, 3].map(run)
  expect(started).toEqual([])
  await nextTurn()
  expect(started).toEqual([1])
  await nextTurn()
  expect(started).toEqual([1, 2])
  expect(await Promise.all(results)).toEqual([10, 20, 30])
  expect(await run(4)).toBe(40)
})

test('waits for none to end before it starts the next', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const run = onePerTurn(async (isSlow: boolean) => (isSlow ? promise : undefined))
  const slow = run(true)
  await run(false)
  resolve()
  await slow
})

test('hands a fault to who asked, and goes on', async () => {
  const run = onePerTurn(async (text: string) => JSON.parse(text))
  const [bad, good] = [run('{'), run('1')]
  await expect(bad).rejects.toThrow(SyntaxError)
  expect(await good).toBe(1)
})

test('a throw at the start is a fault of that call alone', async () => {
  const run = onePerTurn((isBad: boolean): Promise<number> => {
    if (isBad) throw new RangeError('no')
    return Promise.resolve(1)
  })
  const [bad, good] = [run(true), run(false)]
  await expect(bad).rejects.toThrow(RangeError)
  expect([await good, await run(false)]).toEqual([1, 1])
})

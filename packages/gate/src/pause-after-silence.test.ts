import { expect, test } from 'vitest'
import { pauseAfterSilence, type StoreAnswer } from './pause-after-silence.ts'

/** A store whose answers the test gives, on a clock that the test moves. */
function setUp() {
  const state = { ms: 0, asked: 0, answer: undefined as StoreAnswer | Promise<StoreAnswer> }
  const loader = pauseAfterSilence(
    async () => {
      state.asked++
      return state.answer
    },
    () => state.ms,
  )
  return { state, loader }
}

test('after one silence nobody asks for a second, then one asks, while the others are unavailable at once', async () => {
  const { state, loader } = setUp()
  state.answer = 'silent'
  expect(await loader.load('a')).toBe('unavailable')
  state.ms = 999
  expect(await loader.load('a')).toBe('unavailable')
  expect(state.asked).toBe(1)

  state.ms = 1_000
  const { promise, resolve } = Promise.withResolvers<StoreAnswer>()
  state.answer = promise
  const trying = loader.load('a')
  expect(await loader.load('b')).toBe('unavailable')
  expect(state.asked).toBe(2)
  resolve(undefined)
  expect(await trying).toBeUndefined()
  await Promise.all([loader.load('a'), loader.load('b')])
  expect(state.asked).toBe(4)
})

test('a store that says at once that it cannot answer is asked each time', async () => {
  const { state, loader } = setUp()
  state.answer = 'unavailable'
  await loader.load('a')
  await loader.load('a')
  expect(state.asked).toBe(2)
})

test('a store that was seen to answer elsewhere is asked at once', async () => {
  const { state, loader } = setUp()
  state.answer = 'silent'
  await loader.load('a')
  loader.answers()
  state.answer = undefined
  expect(await loader.load('a')).toBeUndefined()
})

test('a fault while it tries does not keep the next from trying', async () => {
  const { state, loader } = setUp()
  state.answer = 'silent'
  await loader.load('a')
  state.ms = 1_000
  state.answer = Promise.reject(new Error('a fault'))
  await expect(loader.load('a')).rejects.toThrow('a fault')
  state.answer = undefined
  expect(await loader.load('a')).toBeUndefined()
})

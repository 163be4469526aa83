import { setImmediate as settled } from 'node:timers/promises'
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

test('after one silence nobody asks for a second, then one question is asked, and nobody waits for it', async () => {
  const { state, loader } = setUp()
  state.answer = 'silent'
  expect(await loader.load('a')).toBe('unavailable')
  state.ms = 999
  expect(await loader.load('a')).toBe('unavailable')
  expect(state.asked).toBe(1)

  state.ms = 1_000
  const { promise, resolve } = Promise.withResolvers<StoreAnswer>()
  state.answer = promise
  expect(await loader.load('a')).toBe('unavailable')
  expect(await loader.load('b')).toBe('unavailable')
  expect(state.asked).toBe(2)
  resolve(undefined)
  await settled()
  await Promise.all([loader.load('a'), loader.load('b')])
  expect(state.asked).toBe(4)
})

test('a store that is silent again is left alone for another second', async () => {
  const { state, loader } = setUp()
  state.answer = 'silent'
  await loader.load('a')
  state.ms = 1_000
  await loader.load('a')
  await settled()
  state.ms = 1_999
  await loader.load('a')
  expect(state.asked).toBe(2)
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

test('a fault while it tries is an answer: the next asks at once, and sees it', async () => {
  const { state, loader } = setUp()
  state.answer = 'silent'
  await loader.load('a')
  state.ms = 1_000
  state.answer = Promise.reject(new Error('a fault'))
  expect(await loader.load('a')).toBe('unavailable')
  await settled()
  await expect(loader.load('a')).rejects.toThrow('a fault')
})

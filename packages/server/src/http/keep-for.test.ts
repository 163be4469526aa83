import { expect, test } from 'vitest'
import { keepFor } from './keep-for.ts'

function counted(forMs: number) {
  const calls: PromiseWithResolvers<number>[] = []
  let nowMs = 1_000
  const get = keepFor(
    forMs,
    () => {
      calls.push(Promise.withResolvers())
      return (calls.at(-1) as PromiseWithResolvers<number>).promise
    },
    () => nowMs,
  )
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { calls, get, pass }
}

test('one call is under way at a time, and all who ask meanwhile get its answer', async () => {
  const { calls, get, pass } = counted(1_000)
  const asked = [get(), get()]
  pass(5_000)
  asked.push(get())
  expect(calls).toHaveLength(1)
  calls[0]?.resolve(7)
  expect(await Promise.all(asked)).toEqual([7, 7, 7])
})

test('an answer is kept from its end on, and computed anew afterwards', async () => {
  const { calls, get, pass } = counted(1_000)
  const first = get()
  calls[0]?.resolve(1)
  await first
  pass(999)
  expect(await get()).toBe(1)
  pass(1)
  const second = get()
  expect(calls).toHaveLength(2)
  calls[1]?.resolve(2)
  expect(await second).toBe(2)
})

test('a clock that was set back does not keep an answer for longer', async () => {
  const { calls, get, pass } = counted(1_000)
  const first = get()
  calls[0]?.resolve(1)
  await first
  pass(-3_600_000)
  get()
  expect(calls).toHaveLength(2)
})

test('a failure is not kept', async () => {
  const { calls, get } = counted(1_000)
  const first = get()
  calls[0]?.reject(new Error('no'))
  await expect(first).rejects.toThrow('no')
  get()
  expect(calls).toHaveLength(2)
})

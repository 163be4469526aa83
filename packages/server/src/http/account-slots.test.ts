import { expect, test } from 'vitest'
import { createAccountSlots } from './account-slots.ts'

test('calls of one account go on a few at a time, in their order; those of another do not wait for them', async () => {
  const slots = createAccountSlots({ atOnce: 1, waiting: 2 })
  const first = await slots.take('a')
  const order: string[] = []
  const second = slots.take('a').then((release) => {
    order.push('second')
    return release
  })
  const third = slots.take('a').then((release) => {
    order.push('third')
    return release
  })
  expect(await slots.take('a')).toBeUndefined()
  expect(await slots.take('b')).toBeDefined()
  expect(order).toEqual([])
  first?.()
  // Twice is once: the slot of the second is not given away.
  first?.()
  const release = await second
  expect(order).toEqual(['second'])
  release?.()
  ;(await third)?.()
  expect(order).toEqual(['second', 'third'])
  expect(await slots.take('a')).toBeDefined()
})

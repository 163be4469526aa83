import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createVerificationQueue } from './verification-queue.ts'

it('verifies later and back to back what comes together, so many before the event loop has its turn', async () => {
  const queue = createVerificationQueue(4)
  const order: number[] = []
  const verdicts = Array.from({ length: 6 }, (_, i) => queue.run(() => order.push(i)))
  expect(order).toEqual([])
  await nextTurn()
  expect(order).toEqual([0, 1, 2, 3])
  await nextTurn()
  expect(order).toEqual([0, 1, 2, 3, 4, 5])
  expect(await Promise.all(verdicts)).toEqual([1, 2, 3, 4, 5, 6])
})

it('verifies at once after a drain with one verification alone, then twice as many each time, never more than a drain takes', async () => {
  const queue = createVerificationQueue(4)
  expect([await atOnce(queue), await atOnce(queue), await atOnce(queue), await atOnce(queue)]).toEqual([0, 1, 2, 4])
  expect(await atOnce(queue)).toBe(4)
})

it('verifies nothing at once any more after a drain with several', async () => {
  const queue = createVerificationQueue(4)
  await atOnce(queue)
  await atOnce(queue)
  // What the last drain granted is used up first.
  expect([queue.run(() => 1), queue.run(() => 2)]).toEqual([1, 2])
  await Promise.all([queue.run(() => 3), queue.run(() => 4)])
  expect(await atOnce(queue)).toBe(0)
  expect(await atOnce(queue)).toBe(1)
})

it('hands a fault to who asked, and goes on', async () => {
  const queue = createVerificationQueue()
  const fault = async () => queue.run(() => JSON.parse('{'))
  await expect(Promise.all([fault(), fault()])).rejects.toThrow(SyntaxError)
  await expect(fault()).rejects.toThrow(SyntaxError)
  await expect(fault()).rejects.toThrow(SyntaxError)
  expect(await queue.run(() => true)).toBe(true)
})

/** How many verifications are made at once until one waits for a drain of its own. */
async function atOnce(queue: ReturnType<typeof createVerificationQueue>): Promise<number> {
  for (let count = 0; ; count++) {
    const verdict = queue.run(() => true)
    if (verdict === true) continue
    await verdict
    return count
  }
}

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

it('verifies at once after a drain with one verification alone, then twice as many each time, up to a limit', async () => {
  const queue = createVerificationQueue(16, 4)
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

it('makes strangers wait for those who are known, one a turn, and none of them for ever', async () => {
  const queue = createVerificationQueue()
  const order: string[] = []
  const ask = (name: string, isStrangers: boolean) => void queue.run(() => order.push(name), isStrangers)
  for (const name of ['s1', 's2', 's3']) ask(name, true)
  for (const name of ['k1', 'k2']) ask(name, false)
  const turns: string[] = []
  for (let turn = 0; order.length < 10; turn++) {
    await nextTurn()
    turns.push(order.slice(turns.join('').length / 2).join(''))
    if (turn < 5) ask(`k${turn + 3}`, false)
  }
  expect(turns).toEqual(['k1k2', 's1', 'k3k4', 's2', 'k5k6', 's3', 'k7'])
})

it('makes no stranger’s verification at once', async () => {
  const queue = createVerificationQueue()
  expect(await atOnce(queue)).toBe(0)
  expect(queue.run(() => true, true)).toBeInstanceOf(Promise)
  expect(queue.run(() => true)).toBe(true)
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

import { expect, test } from 'vitest'
import { inTime } from './in-time.ts'

test('an answer that comes is handed on, and a fault too', async () => {
  expect(await inTime(Promise.resolve(7), 10_000)).toBe(7)
  await expect(inTime(Promise.reject(new Error('a fault')), 10_000)).rejects.toThrow('a fault')
})

test('what never comes is late', async () => {
  expect(await inTime(new Promise(() => undefined), 20)).toBe('late')
})

test('what arrived while the event loop was busy for longer than the limit is not late', async () => {
  const answer = Promise.withResolvers<string>()
  const waiting = inTime(answer.promise, 100)
  // Due together with the limit, and read one turn later, as what waits in a socket is.
  setTimeout(() => setImmediate(() => answer.resolve('there')), 50)
  const until = performance.now() + 300
  while (performance.now() < until);
  expect(await waiting).toBe('there')
})

import { expect, test } from 'vitest'
import { limitConcurrency } from './limit-concurrency.ts'

test('so many tasks run, so many wait in order, and the rest is told that it is busy', async () => {
  const limited = limitConcurrency(2, 3)
  const started: number[] = []
  const tasks = Array.from({ length: 6 }, () => Promise.withResolvers<number>())
  const results = tasks.map((task, i) =>
    limited(() => {
      started.push(i)
      return task.promise
    }),
  )
  expect(await results[5]).toBe('busy')
  expect(started).toEqual([0, 1])
  tasks[1]?.resolve(1)
  expect(await results[1]).toBe(1)
  expect(started).toEqual([0, 1, 2])
  for (const [i, { resolve }] of tasks.entries()) resolve(i)
  expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4, 'busy'])
  expect(started).toEqual([0, 1, 2, 3, 4])
})

test('a task that fails makes room', async () => {
  const limited = limitConcurrency(1, 0)
  await expect(limited(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await limited(async () => 1)).toBe(1)
})

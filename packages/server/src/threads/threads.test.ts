import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { createDeathLimit } from './death-limit.ts'
import { createStallWatch } from './stall-watch.ts'
import { allocateThreadTable, MAIN_ROW, ThreadTable } from './thread-table.ts'

test('a thread is stalled when so many readings in a row are the same, and not by one beat fewer', () => {
  const isStalled = createStallWatch()
  expect([7, 7, 7, 8, 8, 8, 8].map((beats) => isStalled(beats, 3))).toEqual([
    false,
    false,
    false,
    false,
    false,
    false,
    true,
  ])
})

test('the third death within a minute is one too many, and old ones do not count', () => {
  const died = createDeathLimit({ maxDeaths: 3, withinMs: 60_000 })
  expect([0, 59_000, 60_000, 61_000].map((at) => died(at))).toEqual([false, false, false, true])
})

test('what one thread writes of itself another reads', async () => {
  const memory = allocateThreadTable(2)
  const table = new ThreadTable(memory)
  table.setState(MAIN_ROW, 'up')
  table.setState(2, 'up')
  table.setLack(2, 'Redis')
  const source = `
    const { workerData, parentPort } = require('node:worker_threads')
    import(workerData.module).then(({ ThreadTable }) => {
      const table = new ThreadTable(workerData.memory)
      table.beat(1)
      parentPort.postMessage(table.reports())
    })`
  const module = new URL('./thread-table.ts', import.meta.url).href
  const worker = new Worker(source, { eval: true, workerData: { memory, module } })
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  worker.once('message', resolve).once('error', reject)
  expect(await promise).toEqual([
    { name: 'main', state: 'up', lacks: undefined },
    { name: 'data-1', state: 'starting', lacks: undefined },
    { name: 'data-2', state: 'up', lacks: 'Redis' },
  ])
  expect(table.beats(1)).toBe(1)
  table.setState(2, 'down')
  expect(table.report(2)).toEqual({ name: 'data-2', state: 'down', lacks: 'keys' })
})

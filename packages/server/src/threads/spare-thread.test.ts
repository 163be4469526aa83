import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { createSpareThread } from './spare-thread.ts'

const WAITS = "require('node:worker_threads').parentPort.once('message', () => process.exit(5))"
const DIES = 'process.exit(4)'
const LOADS_FOR_EVER = 'while (true);'

function given(...sources: string[]) {
  const made: Worker[] = []
  const make = () => {
    const worker = new Worker(sources[made.length] ?? WAITS, { eval: true })
    made.push(worker)
    return worker
  }
  const spare = createSpareThread({ make, makeAfterMs: 0, restMs: 0, log: pino({ level: 'silent' }) })
  const has = (count: number) => vi.waitFor(() => expect(made).toHaveLength(count), { timeout: 20_000 })
  return { made, has, spare }
}

test('a spare is given away once, and its end makes no other: the next one is asked for', async () => {
  const { made, has, spare } = given()
  await using _ = spare
  expect(spare.take()).toBeUndefined()
  spare.prepare()
  spare.prepare()
  await has(1)
  const taken = spare.take()
  expect(taken).toBe(made[0])
  expect(spare.take()).toBeUndefined()

  taken?.postMessage('end')
  expect(await once(made[0] as Worker, 'exit')).toEqual([5])
  spare.prepare()
  await has(2)
  expect(spare.take()).toBe(made[1])
  await made[1]?.terminate()
  expect(made).toHaveLength(2)
})

test('a spare that dies is replaced', async () => {
  const { made, has, spare } = given(DIES)
  await using _ = spare
  spare.prepare()
  await has(2)
  expect(spare.take()).toBe(made[1])
  await made[1]?.terminate()
})

test('closing ends a spare that still loads, and makes no other', async () => {
  const { made, has, spare } = given(LOADS_FOR_EVER)
  spare.prepare()
  await has(1)
  const ended = once(made[0] as Worker, 'exit')
  await spare[Symbol.asyncDispose]()
  await ended
  spare.prepare()
  expect(spare.take()).toBeUndefined()
  expect(made).toHaveLength(1)
})

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { KeyCache, KeyChange } from '@countersign/gate'
import { expect, test } from 'vitest'
import { SHARED, type Watched, type Watching } from '../../test/change-board.fixtures.ts'
import { createChangeBoard, readChangeBoard } from './change-board.ts'

const CHANGES = 500
const KEY = { accountId: 'a', keyId: 'k' }

test.each([1, 4])('what starts after announce returned sees the change, in %d threads', async (threads) => {
  const board = createChangeBoard()
  const shared = new SharedArrayBuffer(16)
  const numbers = new Int32Array(shared)
  const url = new URL('../../test/change-board.fixtures.ts', import.meta.url)
  const workers = Array.from({ length: threads }, () => {
    const seat = board.addReader()
    const workerData: Watching = { seat, keyId: KEY.keyId, shared }
    return new Worker(url, { workerData, transferList: [seat.port] })
  })
  const watched = workers.map(async (worker): Promise<Watched> => (await once(worker, 'message'))[0])
  const moreFinds = async (count: number) => {
    const before = Atomics.load(numbers, SHARED.finds)
    while (Atomics.load(numbers, SHARED.finds) - before < count) await new Promise((resolve) => setImmediate(resolve))
  }
  await moreFinds(1)

  for (let version = 1; version <= CHANGES; version++) {
    Atomics.store(numbers, SHARED.stored, version)
    board.announce(KEY)
    Atomics.store(numbers, SHARED.announced, version)
    await moreFinds(3 * threads)
  }
  Atomics.store(numbers, SHARED.ended, 1)

  const all = await Promise.all(watched)
  expect(all.map(({ stale }) => stale)).toEqual(new Array(threads).fill(0))
  expect(Math.max(...all.map(({ versions }) => versions))).toBeGreaterThan(CHANGES / threads / 2)
})

test('a reader applies what was announced, once and in order, and nothing where nothing was', () => {
  const board = createChangeBoard()
  const [one, other] = [board.addReader(), board.addReader()]
  const [readOne, readOther] = [readChangeBoard(one), readChangeBoard(other)]
  const seen: KeyChange[] = []
  const cache: KeyCache = {
    find: () => undefined,
    apply: (changes) => void seen.push(...changes),
    clear: () => undefined,
    freshAsOf: () => undefined,
  }
  readOne(cache)
  expect(seen).toEqual([])
  board.announce(KEY)
  board.announce({ accountId: 'b' })
  readOne(cache)
  readOne(cache)
  expect(seen).toEqual([KEY, { accountId: 'b' }])
  board.announce(KEY)
  readOther(cache)
  expect(seen.slice(2)).toEqual([KEY, { accountId: 'b' }, KEY])
  for (const { port } of [one, other]) port.close()
})

test('a reader whose thread has ended leaves the board', async () => {
  const board = createChangeBoard()
  const [gone, stays] = [board.addReader(), board.addReader()]
  gone.port.close()
  while (board.readers > 1) await new Promise((resolve) => setImmediate(resolve))
  const seen: KeyChange[] = []
  board.announce(KEY)
  readChangeBoard(stays)({ apply: (changes) => void seen.push(...changes) } as KeyCache)
  expect(seen).toEqual([KEY])
  stays.port.close()
})

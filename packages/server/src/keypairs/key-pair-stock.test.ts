import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { Worker } from 'node:worker_threads'
import { fingerprintOf } from '@countersign/protocol'
import { afterEach, expect, test, vi } from 'vitest'
import { createLogger } from '../observe/log.ts'
import { generateKeyPair, type KeyPair } from './generate-key-pair.ts'
import {
  createKeyPairStock,
  type KeyPairStock,
  type KeyPairStockOptions,
  MAX_AGE_MS,
  MAX_WAITING,
  MAX_WAITING_OF_ACCOUNT,
} from './key-pair-stock.ts'
import { startKeyPairWorker } from './key-pair-thread.ts'

const log = createLogger('silent')
const WAIT_MS = 5_000
const LATE = { denied: 'service_unavailable', retryAfterSeconds: 5 }
const SHARE_FULL = { denied: 'account_share_full', retryAfterSeconds: 5 }

const opened: KeyPairStock[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const stock of opened.splice(0)) await stock[Symbol.asyncDispose]()
})

function given(options: Partial<KeyPairStockOptions> = {}): KeyPairStock {
  const stock = createKeyPairStock({ ahead: 0, waitMs: 60_000, log, ...options })
  opened.push(stock)
  return stock
}

/** A thread without RSA: it answers each question when the test says so. */
function fakeThread() {
  const pairs = new Int32Array(new SharedArrayBuffer(4))
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { generateKeyPairSync } = require('node:crypto')
    parentPort.on('message', () => {
      const { publicKey } = generateKeyPairSync('ed25519', { publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'der' } })
      Atomics.add(workerData, 0, 1)
      parentPort.postMessage({ spki: new Uint8Array(publicKey), privateKey: new Uint8Array(8).fill(7) })
    })`
  return {
    start: () => new Worker(source, { eval: true, workerData: pairs }),
    asked: () => Atomics.load(pairs, 0),
  }
}

const silentThread = () =>
  new Worker('require("node:worker_threads").parentPort.on("message", () => 0)', { eval: true })

test.each(['rsa', 'ed25519'] as const)(
  'a key pair that the server makes is what node:crypto reads (%s)',
  async (type) => {
    const { publicKey, privateKeyPem } = generateKeyPair(type)
    const key = createPrivateKey(privateKeyPem)
    expect(key.export({ type: type === 'rsa' ? 'pkcs1' : 'pkcs8', format: 'pem' })).toBe(privateKeyPem)
    expect(createPublicKey(key).export({ type: 'spki', format: 'der' })).toEqual(Buffer.from(publicKey.spki))
    expect(publicKey.type).toBe(type)
    if (type === 'rsa') expect(key.asymmetricKeyDetails).toEqual({ modulusLength: 2048, publicExponent: 65_537n })
  },
)

test('an RSA key pair comes from a thread', async () => {
  const stock = given()
  const pair = (await stock.take('rsa', 'a')) as KeyPair
  expect(createPublicKey(pair.privateKeyPem).export({ type: 'spki', format: 'der' })).toEqual(
    Buffer.from(pair.publicKey.spki),
  )
  expect(stock.use()).toMatchObject({ ahead: 0, waiting: 0, made: 1, waited: 1 })
})

test('without a stock each call gets a key pair of its own, in the order of the calls', async () => {
  const stock = given({ startWorker: fakeThread().start })
  const order: number[] = []
  const taken = Array.from({ length: 4 }, async (_, i) => {
    const pair = (await stock.take('rsa', `account ${i}`)) as KeyPair
    order.push(i)
    return fingerprintOf(pair.publicKey)
  })
  expect(stock.use()).toMatchObject({ ahead: 0, waiting: 4, waited: 4 })
  expect(new Set(await Promise.all(taken)).size).toBe(4)
  expect(order).toEqual([0, 1, 2, 3])
  expect(stock.use()).toMatchObject({ ahead: 0, waiting: 0, made: 4 })
})

test('an Ed25519 key pair asks no thread', async () => {
  const stock = given({ startWorker: () => expect.fail('a thread was started') })
  expect(await stock.take('ed25519', 'a')).toMatchObject({ publicKey: { type: 'ed25519' } })
})

test('a stock is filled once, handed out once each, and filled again', async () => {
  const thread = fakeThread()
  const stock = given({ ahead: 3, startWorker: thread.start })
  stock.fill()
  stock.fill()
  const isFull = () => vi.waitFor(() => expect(stock.use().ahead).toBe(3), { timeout: 20_000 })
  await isFull()
  const taken = (await Promise.all(['a', 'a', 'a'].map((account) => stock.take('rsa', account)))) as KeyPair[]
  expect(stock.use()).toMatchObject({ ahead: 0, waited: 0 })
  await isFull()
  taken.push(...((await Promise.all(['b', 'b', 'b'].map((account) => stock.take('rsa', account)))) as KeyPair[]))
  expect(new Set(await Promise.all(taken.map((pair) => fingerprintOf(pair.publicKey)))).size).toBe(6)
  await isFull()
  expect(thread.asked()).toBe(9)
})

test('once it is not filled any more, callers still get key pairs, and none is made ahead', async () => {
  const thread = fakeThread()
  const stock = given({ ahead: 2, startWorker: thread.start })
  stock.fill()
  await vi.waitFor(() => expect(stock.use().ahead).toBeGreaterThan(0), { timeout: 20_000 })
  stock.stopFilling()
  const taken = await Promise.all(['a', 'b', 'c', 'd'].map((account) => stock.take('rsa', account)))
  for (const pair of taken) expect(pair).toHaveProperty('privateKeyPem')
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(stock.use()).toMatchObject({ ahead: 0, waiting: 0 })
})

test('no key pair is made ahead while other threads need the processors, and callers get theirs', async () => {
  let isBusy = true
  const asked = { low: 0, normal: 0 }
  const thread = fakeThread()
  const stock = given({
    ahead: 1,
    startWorker(priority) {
      asked[priority]++
      const busy =
        'require("node:worker_threads").parentPort.on("message", function () { this.postMessage("busy"); this.close() })'
      return isBusy && priority === 'low' ? new Worker(busy, { eval: true }) : thread.start()
    },
  })
  stock.fill()
  await vi.waitFor(() => expect(asked.low).toBe(1), { timeout: 20_000 })
  expect(await stock.take('rsa', 'a')).toHaveProperty('privateKeyPem')
  expect([asked.normal, stock.use().ahead]).toEqual([1, 0])
  isBusy = false
  await vi.waitFor(() => expect(stock.use().ahead).toBe(1), { timeout: 20_000 })
})

test('a key pair lies in the stock for an hour at most', async () => {
  let now = 0
  const thread = fakeThread()
  const stock = given({ ahead: 2, startWorker: thread.start, clock: () => now })
  stock.fill()
  await vi.waitFor(() => expect(stock.use().ahead).toBe(2), { timeout: 20_000 })
  now = MAX_AGE_MS
  await stock.take('rsa', 'a')
  expect(stock.use()).toMatchObject({ waited: 1 })
})

test('a full stock replaces its oldest key pair evenly over the hour', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const thread = fakeThread()
  const stock = given({ ahead: 2, startWorker: thread.start })
  stock.fill()
  const isFull = () => vi.waitFor(() => expect(stock.use().ahead).toBe(2), { timeout: 20_000 })
  await isFull()
  for (const made of [3, 4]) {
    vi.advanceTimersByTime(MAX_AGE_MS / 2)
    expect(stock.use().ahead).toBe(1)
    await isFull()
    expect(stock.use().made).toBe(made)
  }
})

test('an account has a share of the queue, and the queue an end; a wait is five seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const stock = given({ startWorker: silentThread, waitMs: WAIT_MS })
  const waiting = Array.from({ length: MAX_WAITING }, (_, i) => {
    return stock.take('rsa', `account ${Math.floor(i / MAX_WAITING_OF_ACCOUNT)}`)
  })
  expect(stock.use().waiting).toBe(MAX_WAITING)
  expect(await stock.take('rsa', 'other')).toMatchObject(LATE)
  await vi.advanceTimersByTimeAsync(WAIT_MS - 1)
  expect(stock.use().waiting).toBe(MAX_WAITING)
  await vi.advanceTimersByTimeAsync(1)
  for (const refused of await Promise.all(waiting)) expect(refused).toMatchObject(LATE)
  const own = Array.from({ length: MAX_WAITING_OF_ACCOUNT }, () => stock.take('rsa', 'a'))
  expect(await stock.take('rsa', 'a')).toMatchObject(SHARE_FULL)
  expect(stock.use()).toMatchObject({ refused: { queue_full: 1, late: MAX_WAITING, account_share: 1, failing: 0 } })
  void stock.take('rsa', 'b')
  expect(stock.use().waiting).toBe(MAX_WAITING_OF_ACCOUNT + 1)
  await stock[Symbol.asyncDispose]()
  for (const refused of await Promise.all(own)) expect(refused).toMatchObject(LATE)
})

test('a key pair that was made in time is handed out, however long this thread was held up', async () => {
  const thread = fakeThread()
  const stock = given({ startWorker: thread.start, waitMs: 100 })
  const taken = stock.take('rsa', 'a')
  const heldUntil = performance.now() + 20_000
  while (thread.asked() === 0 && performance.now() < heldUntil);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  expect(await taken).toHaveProperty('privateKeyPem')
})

test('a thread that dies is started again, and who waits gets a key pair', async () => {
  let started = 0
  const thread = fakeThread()
  const stock = given({
    startWorker: () => (started++ < 2 ? new Worker('process.exit(3)', { eval: true }) : thread.start()),
  })
  expect(await stock.take('rsa', 'a')).toHaveProperty('privateKeyPem')
  expect(started).toBe(3)
})

test('a thread that always dies refuses who waits, and is not started again at once', async () => {
  let started = 0
  const stock = given({
    waitMs: WAIT_MS,
    startWorker: () => {
      started++
      if (started === 2) throw new Error('no more threads')
      return new Worker('process.exit(3)', { eval: true })
    },
  })
  const failing = { denied: 'service_unavailable', retryAfterSeconds: 30 }
  expect(await Promise.all([stock.take('rsa', 'a'), stock.take('rsa', 'b')])).toMatchObject([failing, failing])
  expect(started).toBe(3)
  expect(await stock.take('rsa', 'c')).toMatchObject({ denied: 'service_unavailable' })
  expect(started).toBe(3)
  expect(stock.use().refused.failing).toBe(3)
})

test.runIf(platform() === 'linux')(
  'the thread that fills the stock has a low priority, the other one that of this thread',
  async () => {
    const niceOf = (task: string) => {
      const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
    }
    const tasks = () => readdirSync('/proc/self/task')
    const own = niceOf(`${process.pid}`)
    for (const [priority, nice] of [
      ['normal', own],
      ['low', Math.max(own, 10)],
    ] as const) {
      const before = new Set(tasks())
      const worker = startKeyPairWorker(priority)
      const started = () => tasks().filter((task) => !before.has(task) && niceOf(task) === nice)
      await vi.waitFor(() => expect(started()).not.toEqual([]), { timeout: 20_000 })
      await worker.terminate()
    }
    expect(niceOf(`${process.pid}`)).toBe(own)
  },
)

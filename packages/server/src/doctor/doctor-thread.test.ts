import { constants, generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { createLogger } from '../observe/log.ts'
import { createDoctorThread, startDoctor } from './doctor-thread.ts'
import type { Question } from './messages.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const TARGET = '/trade-api/v2/orders?a=b'
const thread = createDoctorThread(createLogger('silent'), startDoctor, 60_000)
afterAll(() => thread.close())

function question(signedTarget: string): Question {
  const timestamp = `${Date.now()}`
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const signature = sign('sha256', Buffer.from(`${timestamp}GET${signedTarget}`), { key: privateKey, padding })
  return {
    method: 'GET',
    target: TARGET,
    headers: [
      ['kalshi-access-key', '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'],
      ['kalshi-access-timestamp', timestamp],
      ['kalshi-access-signature', signature.toString('base64')],
    ],
    spki: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
    context: { basePath: '/trade-api/v2' },
  }
}

test('answers each question by itself, and is busy where too many wait', async () => {
  const asked = Array.from({ length: 16 }, (_, i) => thread.ask(question(i % 2 === 0 ? TARGET : '/something/else')))
  expect(thread.isBusy).toBe(true)
  const causes = (await Promise.all(asked)).map((explanation) => explanation?.cause)
  expect(causes).toEqual(Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? 'query_signed' : undefined)))
  expect(thread.isBusy).toBe(false)
})

test('what it cannot read is nothing, and it goes on', async () => {
  expect(await thread.ask({ ...question(TARGET), spki: new Uint8Array(3) })).toBeUndefined()
  expect((await thread.ask(question(TARGET)))?.cause).toBe('query_signed')
})

test('what waits when it is closed is answered with nothing, and nothing more is asked', async () => {
  const closing = createDoctorThread(createLogger('silent'))
  const asked = closing.ask(question(TARGET))
  await closing.close()
  expect(await asked).toBeUndefined()
  expect(closing.isBusy).toBe(true)
})

afterEach(() => vi.useRealTimers())

test('a thread that does not answer is ended, and the next question goes to another one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const started: Worker[] = []
  const silent = createDoctorThread(createLogger('silent'), () => {
    const worker = new Worker('setInterval(() => undefined, 1000)', { eval: true })
    started.push(worker)
    return worker
  })
  const asked = silent.ask(question(TARGET))
  const [first] = started
  const ended = once(first as Worker, 'exit')
  vi.advanceTimersByTime(25_000)
  expect(await asked).toBeUndefined()
  // It may still load its code.
  const askedAgain = silent.ask(question(TARGET))
  expect(started).toHaveLength(1)
  vi.advanceTimersByTime(5_000)
  expect(await askedAgain).toBeUndefined()
  await ended
  void silent.ask(question(TARGET))
  expect(started).toHaveLength(2)
  await silent.close()
})

test('a refusal waits for its diagnosis for 2.5 s: proxies wait 3 s for a decision', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  await using busy = slowThread()
  // It has loaded its code by then.
  void busy.ask(question(TARGET))
  vi.advanceTimersByTime(25_000)
  const settled = vi.fn()
  const asked = busy.ask(question(TARGET)).then(settled)
  vi.advanceTimersByTime(2_499)
  await Promise.resolve()
  expect(settled).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  await asked
  expect(settled).toHaveBeenCalledWith(undefined)
})

/** A doctor whose thread answers nothing. */
function slowThread() {
  const doctor = createDoctorThread(
    createLogger('silent'),
    () => new Worker('setInterval(() => undefined, 1000)', { eval: true }),
  )
  return { ask: doctor.ask.bind(doctor), [Symbol.asyncDispose]: () => doctor.close() }
}

test('a thread that dies of each question is not started for ever, and nobody waits for it', async () => {
  const started: Worker[] = []
  const dying = createDoctorThread(createLogger('silent'), () => {
    const worker = new Worker("throw new Error('a fault of the test')", { eval: true })
    started.push(worker)
    return worker
  })
  for (let i = 0; i < 3; i++) {
    expect(dying.isBusy).toBe(false)
    expect(await dying.ask(question(TARGET))).toBeUndefined()
  }
  expect(dying.isBusy).toBe(true)
  expect(started).toHaveLength(3)
  await dying.close()
})

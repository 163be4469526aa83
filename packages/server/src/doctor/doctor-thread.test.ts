import { constants, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { createLogger } from '../log.ts'
import { createDoctorThread } from './doctor-thread.ts'
import type { Question } from './messages.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const TARGET = '/trade-api/v2/orders?a=b'
const thread = createDoctorThread(createLogger('silent'))
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

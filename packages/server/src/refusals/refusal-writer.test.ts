import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { createLogger } from '../observe/log.ts'
import type { Database } from '../storage/database.ts'
import { MAX_OF_KEY } from './limits.ts'
import { createRefusalWriter } from './refusal-writer.ts'
import type { RememberedRefusal } from './remembered-refusal.ts'

function refusal(keyId: string | undefined, parts: Partial<RememberedRefusal> = {}): RememberedRefusal {
  const common = {
    id: randomUUID(),
    at: Date.now(),
    denied: 'insufficient_scope',
    method: 'GET',
    path: '/',
    ip: '',
  } as const
  return { ...common, keyId, ...parts }
}

const NOW_MS = Date.now()

describeOnEachDatabase('the writer of refusals', ({ database }) => {
  const open = (on: Database = database()) =>
    createRefusalWriter({ database: on, log: createLogger('silent'), now: Date.now })
  const idsOf = (refusals: readonly RememberedRefusal[]) => refusals.map(({ id }) => id)

  test('writes what it got within a second, and another one reads it as it was', async () => {
    const key = randomUUID()
    const [writer, reader] = [open(), open()]
    const diagnosis = { cause: 'query_signed', hint: 'h', signedText: 'a', expectedText: 'b' } as const
    const [proven, claimed] = [refusal(key, { details: 'write', diagnosis }), refusal(undefined, { claimedKeyId: key })]
    writer.add([proven, claimed])
    expect(writer.waiting(key)).toEqual([proven])
    await vi.waitFor(async () => expect(await reader.written(key)).toEqual([proven]), { timeout: 20_000 })
    expect(await reader.written(undefined)).toContainEqual(claimed)
    await vi.waitFor(() => expect(writer.waiting(key)).toEqual([]), { timeout: 20_000 })
    await Promise.all([writer.close(), reader.close()])
  })

  test('writes the newest of a flood, and what waits when it is closed', async () => {
    const key = randomUUID()
    const writer = open()
    const flood = Array.from({ length: 1_000 }, (_, i) => refusal(key, { at: NOW_MS + i }))
    for (const one of flood) writer.add([one])
    await writer.close()
    expect(idsOf(await writer.written(key))).toEqual(idsOf(flood.slice(-MAX_OF_KEY).reverse()))
  })

  test('keeps what could not be written, and writes it later', async () => {
    const key = randomUUID()
    let isDown = true
    const { kysely } = database()
    const failing = new Proxy(kysely, {
      get: (target, name) => {
        if (isDown && name === 'transaction') throw new Error('down')
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const writer = open({ ...database(), kysely: failing })
    const [first, second] = [refusal(key, { at: NOW_MS }), refusal(key, { at: NOW_MS + 1 })]
    writer.add([first])
    await new Promise((resolve) => setTimeout(resolve, 700))
    writer.add([second])
    expect(writer.waiting(key)).toEqual([first, second])
    isDown = false
    await writer.close()
    expect(idsOf(await writer.written(key))).toEqual(idsOf([second, first]))
  })
})

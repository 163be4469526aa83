import { randomUUID } from 'node:crypto'
import type { CountedMinute } from '@countersign/gate'
import { expect, test, vi } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { createLogger } from '../observe/log.ts'
import type { Database } from '../storage/database.ts'
import { findApiKey } from '../storage/find-api-keys.ts'
import { inTransaction } from '../storage/transaction.ts'
import { addUsage, readUsage, STEP_MS, startOf } from '../storage/usage.ts'
import { createUsageWriter } from './usage-writer.ts'

const NOW_MS = 1_800_000_000_000
const EVER = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }

describeOnEachDatabase('the writer of usage', ({ database }) => {
  const open = (to: Database, lines: string[] = []) =>
    createUsageWriter({
      database: to,
      retention: { minutesForDays: 2, hoursForDays: 90, daysForDays: 730 },
      log: createLogger('info', { write: (line) => void lines.push(line) }),
      now: () => NOW_MS,
      waitMs: 1,
    })
  const read = (id: string, step: 'minute' | 'hour' | 'day') =>
    readUsage(database().kysely, 'key', id, { step, ...EVER })

  test('writes what it was given, and at its end what is left', async () => {
    const id = randomUUID()
    const writer = open(database())
    writer.add({ minutes: [minute(id), minute(id)], lastUses: [] })
    await vi.waitFor(async () => expect(await read(id, 'minute')).toHaveLength(1), 20_000)
    writer.add({ minutes: [minute(id)], lastUses: [] })
    await writer.close()
    expect(await read(id, 'minute')).toMatchObject([{ allowed: 3 }])
  })

  test('keeps the counts while the database does not take them, tells once, and writes them later', async () => {
    const id = randomUUID()
    const lines: string[] = []
    let isDown = true
    const kysely = new Proxy(database().kysely, {
      get: (target, name) => {
        if (isDown && name === 'transaction') throw new Error('down')
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const writer = open({ ...database(), kysely }, lines)
    const failures = () => lines.filter((line) => line.includes('usage cannot be written'))
    writer.add({ minutes: [minute(id)], lastUses: [] })
    await vi.waitFor(() => expect(failures()).toHaveLength(1), 20_000)
    writer.add({ minutes: [minute(id)], lastUses: [] })
    isDown = false
    await vi.waitFor(async () => expect(await read(id, 'minute')).toMatchObject([{ allowed: 2 }]), 20_000)
    await writer.close()
    expect(failures()).toHaveLength(1)
    expect(await read(id, 'day')).toMatchObject([{ allowed: 2 }])
  })

  test('notes last uses, each key’s once a minute', async () => {
    const { accountId } = await givenAccount(database())
    const { apiKeyId: keyId } = await givenApiKey(database(), accountId)
    const writer = open(database())
    const use = (at: number, ip: string) => ({ minutes: [minute(keyId)], lastUses: [{ keyId, at, ip }] })
    writer.add(use(NOW_MS, '192.0.2.1'))
    writer.add(use(NOW_MS + 5, '192.0.2.2'))
    writer.add(use(NOW_MS + 4, '192.0.2.3'))
    const lastUse = async () => {
      const key = await findApiKey(database().kysely, keyId)
      return [key?.lastUsedAt, key?.lastUsedIp]
    }
    await vi.waitFor(async () => expect(await lastUse()).toEqual([NOW_MS + 5, '192.0.2.2']), 20_000)
    // The database is not even asked.
    await database().kysely.updateTable('api_keys').set({ last_used_at: null }).where('id', '=', keyId).execute()
    writer.add(use(NOW_MS + 60_000, '192.0.2.4'))
    await writer.close()
    expect(await lastUse()).toEqual([undefined, '192.0.2.2'])
    const next = open(database())
    next.add(use(NOW_MS + 60_005, '192.0.2.5'))
    await next.close()
    expect(await lastUse()).toEqual([NOW_MS + 60_005, '192.0.2.5'])
  })

  test('deletes what is older than it is kept, and nothing else', async () => {
    const id = randomUUID()
    const at = (days: number) => NOW_MS - days * STEP_MS.day
    const days = [0, 1, 3, 80, 100, 700, 800]
    await inTransaction(database(), (trx) =>
      addUsage(
        trx,
        days.map((day) => minute(id, at(day))),
      ),
    )
    await open(database()).close()
    const writer = open(database())
    const oldest = async (step: 'minute' | 'hour' | 'day') => (await read(id, step))[0]?.at
    await vi.waitFor(async () => expect(await oldest('day')).toBe(startOf(at(700), 'day')), 20_000)
    expect(await oldest('minute')).toBe(at(1))
    expect(await oldest('hour')).toBe(startOf(at(80), 'hour'))
    await writer.close()
  })
})

function minute(id: string, at: number = NOW_MS): CountedMinute {
  return { subject: 'key', id, at: startOf(at, 'minute'), allowed: 1, refused: 0, limited: 0, fault: 0 }
}

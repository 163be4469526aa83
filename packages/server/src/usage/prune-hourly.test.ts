import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { createLogger } from '../observe/log.ts'
import { insertCascade } from '../storage/cascades.ts'
import { insertLink } from '../storage/links.ts'
import type { Schema } from '../storage/schema.ts'
import { inTransaction } from '../storage/transaction.ts'
import { pruneHourly } from './prune-hourly.ts'

const DAY = 86_400_000
const NOW = 1_800_000_000_000 - (1_800_000_000_000 % DAY)

describeOnEachDatabase('the pruner', ({ database }) => {
  const rowsOf = async (table: keyof Schema): Promise<number> =>
    (await database().kysely.selectFrom(table).selectAll().execute()).length

  test('deletes what has expired, more than a portion of one time too, and nothing else', async () => {
    const { kysely } = database()
    const { accountId } = await givenAccount(database())
    const { apiKeyId } = await givenApiKey(database(), accountId)
    const counts = { allowed: 1, refused: 0, limited: 0, fault: 0 }
    const usageOf = (at: number, step_s: 60 | 3600 | 86_400) =>
      Array.from({ length: 7 }, () => ({ subject: 'key' as const, id: randomUUID(), step_s, at, ...counts }))
    const { minutesForDays, hoursForDays, daysForDays } = DEFAULT_SETTINGS.usage
    const old = [
      ...usageOf(NOW - minutesForDays * DAY - 60_000, 60),
      ...usageOf(NOW - hoursForDays * DAY - 3_600_000, 3600),
      ...usageOf(NOW - daysForDays * DAY - DAY, 86_400),
    ]
    const young = [...usageOf(NOW - minutesForDays * DAY, 60), ...usageOf(NOW - hoursForDays * DAY, 3600)]
    await kysely
      .insertInto('usage')
      .values([...old, ...young])
      .execute()
    const made = (created_at: number) =>
      Array.from({ length: 8 }, (_, i) => ({
        key_id: apiKeyId,
        idempotency_key: `${created_at} ${i}`,
        request_digest: 'd',
        made_id: 'm',
        created_at,
      }))
    await kysely
      .insertInto('idempotency')
      .values([...made(NOW - DAY), ...made(NOW - DAY + 1)])
      .execute()
    const reporters = Array.from({ length: 7 }, () => ({ id: randomUUID(), sequence: 1, at: NOW - 8 * DAY }))
    await kysely
      .insertInto('usage_reporters')
      .values([...reporters, { id: 'young', sequence: 1, at: NOW }])
      .execute()
    await inTransaction(database(), async (trx) => {
      for (let i = 0; i < 7; i++) {
        const times = { createdAt: 1, expiresAt: i === 0 ? NOW : NOW - DAY - 1 }
        await insertLink(trx, { linkId: randomUUID(), codeSha256: `${i}`, accountId, scopes: [], ...times })
      }
      for (const cascadeId of ['finished', 'running']) {
        const who = { rootKeyId: apiKeyId, rootAccountId: accountId, actor: { type: 'command' } as const }
        await insertCascade(trx, { cascadeId, ...who, reason: 'r', startedAt: 1, revoked: 0 }, 'holder')
        const places = Array.from({ length: 6 }, (_, i) => ({ cascade_id: cascadeId, place: i + 2, key_id: 'k' }))
        await trx.insertInto('cascade_keys').values(places).execute()
      }
      await trx.updateTable('cascades').set({ finished_at: 2 }).where('id', '=', 'finished').execute()
    })

    const log: string[] = []
    const pruner = pruneHourly({
      database: database(),
      retention: DEFAULT_SETTINGS.usage,
      log: createLogger('info', { write: (line) => void log.push(line) }),
      now: () => NOW,
      rowsAtOnce: 3,
    })
    await vi.waitFor(async () => expect(await rowsOf('usage')).toBe(young.length), 15_000)
    await pruner.close()
    const left = await Promise.all((['idempotency', 'usage_reporters', 'links', 'cascade_keys'] as const).map(rowsOf))
    expect([left, log]).toEqual([[8, 1, 1, 7], []])
  })
})

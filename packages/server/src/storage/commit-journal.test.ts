import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { chainStart, checkEvent } from '@countersign/protocol'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { appendAuditEvent, readAuditChain } from './audit-events.ts'
import type { Database } from './database.ts'
import { readDeployment } from './deployment.ts'
import { appendKeyChange, latestKeyChange, readKeyChangesAfter } from './key-changes.ts'
import { inTransaction } from './transaction.ts'

const accountId = randomUUID()
const WRITERS = 12
const ROUNDS = 15

describeOnEachDatabase('the journal of a commit', (on) => {
  test('many writers over two pools, some of which fail: no change missed, no hole, one whole chain', async () => {
    const pools = [on.database(), await on.connect()]
    const reader = await on.connect()
    const committed: string[] = []
    const seen: string[] = []
    let position = await latestKeyChange(reader.kysely)
    let isWriting = true

    async function follow(): Promise<void> {
      while (true) {
        const wasWriting = isWriting
        const { changes, latest, gap } = await readKeyChangesAfter(reader.kysely, position, 7)
        expect(gap).toBe(false)
        expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, index) => position + 1 + index))
        position += changes.length
        seen.push(...changes.map(({ apiKeyId = '' }) => apiKeyId))
        if (!wasWriting && position === latest) return
        await sleep(1)
      }
    }

    async function write(writer: number): Promise<void> {
      for (let round = 0; round < ROUNDS; round++) {
        const ids = Array.from({ length: (writer + round) % 3 }, () => randomUUID())
        const work = inTransaction(pools[writer % 2] as Database, async (trx) => {
          for (const apiKeyId of ids) appendKeyChange(trx, { accountId, apiKeyId, changedAt: round })
          await trx.selectFrom('deployment').select('id').execute()
          for (let event = 0; event <= round % 3; event++) {
            const actor = { type: 'account', accountId, apiKeyId: 'k' } as const
            appendAuditEvent(trx, { action: 'key.updated', actor, reason: `é"\\ ${writer} ${round} ${event}` }, round)
          }
          if ((writer * 7 + round) % 5 === 0) throw new Error('undone')
          return ids
        })
        committed.push(...(await work.catch(() => [])))
      }
    }

    const following = follow()
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
    isWriting = false
    await following
    expect(seen.toSorted()).toEqual(committed.toSorted())
    await expectWholeChain()
  })

  test('a transaction that works for long keeps no other waiting', async () => {
    // SQLite has one writer at a time.
    if (on.dialect === 'sqlite') return
    const isHeld = Promise.withResolvers<void>()
    const mayEnd = Promise.withResolvers<void>()
    const before = await latestKeyChange(on.database().kysely)
    const slow = inTransaction(on.database(), async (trx) => {
      append(trx, 'slow')
      await trx.selectFrom('deployment').select('id').execute()
      isHeld.resolve()
      await mayEnd.promise
    })
    await isHeld.promise
    await inTransaction(await on.connect(), (trx) => append(trx, 'quick'))
    mayEnd.resolve()
    await slow
    const { changes } = await readKeyChangesAfter(on.database().kysely, before, 10)
    expect(changes.map(({ apiKeyId }) => apiKeyId)).toEqual(['quick', 'slow'])
  })

  test('a commit whose journal cannot be written undoes the work', async () => {
    const db = on.database().kysely
    const before = await latestKeyChange(db)
    const inTheWay = { seq: before + 1, account_id: accountId, api_key_id: null, changed_at: 1 }
    await db.insertInto('key_changes').values(inTheWay).execute()
    const work = inTransaction(on.database(), async (trx) => {
      await sql`update deployment set created_at = 4711`.execute(trx)
      append(trx, 'key')
    })
    await expect(work).rejects.toThrow(/unique/i)
    await db
      .deleteFrom('key_changes')
      .where('seq', '=', before + 1)
      .execute()
    expect(await db.selectFrom('deployment').select('created_at').executeTakeFirst()).not.toEqual({ created_at: 4711 })
    await inTransaction(on.database(), (trx) => append(trx, 'key'))
    expect(await latestKeyChange(db)).toBe(before + 1)
    await expectWholeChain()
  })

  test.each(['\0', '\ud800'])('text that no database holds (%j) undoes the work', async (bad) => {
    const before = await latestKeyChange(on.database().kysely)
    const work = inTransaction(on.database(), (trx) => {
      append(trx, 'key')
      appendAuditEvent(trx, { action: 'key.updated', actor: { type: 'server' }, reason: bad }, 1)
    })
    await expect(work).rejects.toMatchObject({ code: 'ERR_UNSTORABLE_VALUE' })
    expect(await latestKeyChange(on.database().kysely)).toBe(before)
    await expectWholeChain()
  })

  function append(trx: Parameters<typeof appendKeyChange>[0], apiKeyId: string): void {
    appendKeyChange(trx, { accountId, apiKeyId, changedAt: 1 })
    appendAuditEvent(trx, { action: 'key.updated', actor: { type: 'server' } }, 1)
  }

  async function expectWholeChain(): Promise<void> {
    const { kysely } = on.database()
    let before = await chainStart((await readDeployment(kysely)).deploymentId)
    for (const event of await readAuditChain(kysely, 0, 10_000)) {
      expect(await checkEvent(event, before)).toBeUndefined()
      before = event
    }
    const end = await kysely.selectFrom('audit_chain').select(['seq', 'hash']).executeTakeFirstOrThrow()
    expect(end).toEqual({ seq: before.seq, hash: before.hash })
  }
})

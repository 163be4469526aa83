import { randomUUID } from 'node:crypto'
import { auditLogLine, type ChainedEvent, chainStart, checkEvent } from '@countersign/protocol'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { type AuditEntry, appendAuditEvent, readAuditChain } from './audit-events.ts'
import type { Database } from './database.ts'
import { readDeployment } from './deployment.ts'
import { inTransaction } from './transaction.ts'

const ACTOR = { type: 'account', accountId: 'a', apiKeyId: 'k', ip: '203.0.113.7' } as const

describeOnEachDatabase('audit events', ({ database, connect }) => {
  const append = (entry: Partial<AuditEntry> = {}, on: Database = database()) =>
    inTransaction(on, (trx) =>
      appendAuditEvent(trx, { action: 'key.updated', actor: ACTOR, ...entry }, 1_700_000_000_000),
    )

  test('an event holds what it was told, in the words of the wire', async () => {
    const accountId = randomUUID()
    const after = { name: 'é"\u2028', scopes: ['read'], subaccount: undefined, expires_at: 5, note: null }
    await append({ accountId, apiKeyId: 'key', before: { name: 'x' }, after, reason: 'because' })
    expect((await readAll()).at(-1)).toMatchObject({
      at: 1_700_000_000_000,
      action: 'key.updated',
      actor: { type: 'account', account_id: 'a', api_key_id: 'k', ip: '203.0.113.7' },
      account_id: accountId,
      api_key_id: 'key',
      before: { name: 'x' },
      after: { name: 'é"\u2028', scopes: ['read'], expires_at: 5, note: null },
      reason: 'because',
    })
  })

  test('what is not there leaves no field', async () => {
    await append({ actor: { type: 'command' }, action: 'account.created' })
    const line = auditLogLine((await readAll()).at(-1) as ChainedEvent)
    expect(Object.keys(JSON.parse(line))).toEqual(['action', 'actor', 'at', 'hash', 'previous_hash', 'seq'])
    expect(JSON.parse(line).actor).toEqual({ type: 'command' })
  })

  test('of many at once, over two connections, each follows the one before it', async () => {
    const other = await connect()
    await Promise.all(Array.from({ length: 20 }, (_, i) => append({ reason: `${i}` }, i % 2 ? other : database())))
    await expectWhole(await readAll())
  })

  test('a change that is undone leaves no event and no hole', async () => {
    const before = await readAll()
    const undone = inTransaction(database(), async (trx) => {
      appendAuditEvent(trx, { action: 'key.deleted', actor: ACTOR }, 1)
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    await append()
    const after = await readAll()
    expect(after).toHaveLength(before.length + 1)
    await expectWhole(after)
  })

  test('pages go on after the last one read', async () => {
    const all = await readAll()
    expect(await readAuditChain(database().kysely, 1, 2)).toEqual(all.slice(1, 3))
    expect(await readAuditChain(database().kysely, all.length, 2)).toEqual([])
  })

  test.each(['at', 'action', 'actor_ip', 'after_change', 'reason'])(
    'an edit of %s in the database shows',
    async (column) => {
      await append({ after: { name: 'x' }, reason: 'r' })
      const seq = (await readAll()).length
      const value = { at: '5', after_change: `'{"name":"y"}'` }[column] ?? `'other'`
      const row = await sql`select * from audit_events where seq = ${seq}`.execute(database().kysely)
      await sql`update audit_events set ${sql.ref(column)} = ${sql.raw(value)} where seq = ${seq}`.execute(
        database().kysely,
      )
      const [previous, edited] = (await readAll()).slice(-2)
      expect(previous && edited && (await checkEvent(edited, previous))).toBe('wrong_hash')
      const [kept] = row.rows as Record<string, string>[]
      await sql`update audit_events set ${sql.ref(column)} = ${kept?.[column]} where seq = ${seq}`.execute(
        database().kysely,
      )
      await expectWhole(await readAll())
    },
  )

  const readAll = () => readAuditChain(database().kysely, 0, 1_000)

  async function expectWhole(events: readonly ChainedEvent[]): Promise<void> {
    let before = await chainStart((await readDeployment(database().kysely)).deploymentId)
    for (const event of events) {
      expect(await checkEvent(event, before)).toBeUndefined()
      before = event
    }
  }
})

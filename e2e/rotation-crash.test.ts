import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../packages/server/src/storage/database.ts'
import { findApiKey } from '../packages/server/src/storage/find-api-keys.ts'
import { migrate } from '../packages/server/src/storage/migrate.ts'
import { findLatestRotation } from '../packages/server/src/storage/rotations.ts'
import { type FreshDatabase, freshDatabase } from '../packages/server/test/fresh-database.ts'
import { callSigned } from './message-signatures/support/message-world.ts'
import { type GivenKey, givenCustomer, givenKey } from './support/given-key.ts'
import { DIALECTS } from './support/running-server.ts'
import { startServerProcess } from './support/server-process.ts'

const KEYS = 30

describe.concurrent.each(DIALECTS)('a server that is killed while keys are rotated (%s)', (dialect) => {
  let fresh: FreshDatabase
  let database: Database
  beforeAll(async () => {
    fresh = await freshDatabase(dialect)
    database = await openDatabase(fresh.url)
    await migrate(database, Date.now())
  })
  afterAll(async () => {
    await database?.close()
    await fresh?.remove()
  })

  test('leaves each rotation wholly done or not at all, and done where it was acknowledged', async () => {
    const accountId = await givenCustomer(database, 'Rotating')
    const keys = await Promise.all(Array.from({ length: KEYS }, () => givenKey(database, accountId)))
    const server = await startServerProcess({ databaseUrl: fresh.url })
    const acknowledged = new Map<string, string>()
    const asked = keys.map(async (key) => {
      const newId = await rotate(server.url, key).catch(() => undefined)
      if (newId !== undefined) acknowledged.set(key.keyId, newId)
      if (acknowledged.size === 5) server.kill()
    })
    await Promise.all(asked)
    server.kill()
    await server.ended

    const outcomes = await Promise.all(keys.map(({ keyId }) => outcomeOf(database, keyId)))
    expect(outcomes.filter((outcome) => outcome === 'half')).toEqual([])
    expect(acknowledged.size).toBeGreaterThanOrEqual(5)
    for (const [keyId, newId] of acknowledged)
      expect(await findLatestRotation(database.kysely, keyId)).toMatchObject({ newKeyId: newId })
    const count = await database.kysely
      .selectFrom('api_keys')
      .select('id')
      .where('account_id', '=', accountId)
      .execute()
    expect(count.length).toBe(KEYS + outcomes.filter((outcome) => outcome === 'done').length)
  })
})

async function rotate(url: string, key: GivenKey): Promise<string | undefined> {
  const port = Number(new URL(url).port)
  const target = `/trade-api/v2/api_keys/${key.keyId}/rotate`
  // Signed for the next second: whole seconds that began before the server's start are refused.
  const answer = callSigned({ url, port } as Parameters<typeof callSigned>[0], key, 'POST', target, {
    json: { grace_seconds: 600, key_type: 'ed25519' },
    parameters: { created: Math.floor(Date.now() / 1_000) + 1 },
  })
  const late = sleep(60_000, undefined, { ref: false })
  const { status, text } = (await Promise.race([answer, late])) ?? { status: 0, text: '' }
  return status === 201 ? JSON.parse(text).api_key_id : undefined
}

async function outcomeOf({ kysely }: Database, keyId: string): Promise<'done' | 'not' | 'half'> {
  const rotation = await findLatestRotation(kysely, keyId)
  const old = await findApiKey(kysely, keyId)
  const successor = rotation && (await findApiKey(kysely, rotation.newKeyId))
  const events = await kysely
    .selectFrom('audit_events')
    .select('action')
    .where('api_key_id', '=', keyId)
    .where('action', '=', 'rotation.started')
    .execute()
  if (!rotation) return old?.expiresAt === undefined && events.length === 0 ? 'not' : 'half'
  const isWhole = old?.expiresAt === rotation.deadline && successor?.state === 'active' && events.length === 1
  return isWhole ? 'done' : 'half'
}

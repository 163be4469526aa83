import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/fresh-database.ts'
import { givenAccount } from '../../test/records.ts'
import { findAccount } from './accounts.ts'
import { type Database, type Dialect, openDatabase } from './database.ts'
import { readDeployment } from './deployment.ts'
import { DatabaseTooNewError, MIGRATIONS, migrate } from './migrate.ts'
import type { Migration } from './migration.ts'

const ALL = MIGRATIONS.map(({ name }) => name)
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const second: Migration = {
  name: '900-notes',
  up: async (trx, { int8, bytes, strict }) => {
    await sql`create table notes (id ${int8} not null primary key, note ${bytes}) ${strict}`.execute(trx)
  },
}
const broken: Migration = {
  name: '901-broken',
  up: async (trx) => {
    await sql`create table half (id text)`.execute(trx)
    throw new Error('half way')
  },
}

describe.each<Dialect>(['sqlite', 'postgres'])('migrate (%s)', (dialect) => {
  let fresh: FreshDatabase
  const open: Database[] = []

  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((database) => database.close()))
    await fresh.remove()
  })

  async function connect(): Promise<Database> {
    const database = await openDatabase(fresh.url)
    open.push(database)
    return database
  }

  test('gives a migration longer than other statements get', async () => {
    const database = await openDatabase(fresh.url, { statementTimeoutMs: 200 })
    open.push(database)
    const slow: Migration = {
      name: '900-slow',
      up: async (trx) => {
        if (dialect === 'postgres') await sql`select pg_sleep(0.5)`.execute(trx)
      },
    }
    expect(await migrate(database, 123, [...MIGRATIONS, slow])).toContain('900-slow')
  })

  test('makes the schema and the deployment once, and records when', async () => {
    const database = await connect()
    expect(await migrate(database, 123)).toEqual(ALL)
    const deployment = await readDeployment(database.kysely)
    expect(deployment).toEqual({
      deploymentId: expect.stringMatching(UUID_V4),
      createdAt: 123,
      nonceSecret: expect.any(Uint8Array),
    })

    expect(await migrate(database, 456)).toEqual([])
    expect(await readDeployment(database.kysely)).toEqual(deployment)
    const { rows } = await sql`select name, applied_at from migrations order by name`.execute(database.kysely)
    expect(rows.map((row) => ({ ...Object(row) }))).toEqual(ALL.map((name) => ({ name, applied_at: 123 })))
  })

  test('ten connections at once: one of them applies it', async () => {
    const databases = await Promise.all(Array.from({ length: 10 }, connect))
    const applied = await Promise.all(databases.map((database) => migrate(database, 1)))
    expect(applied.flat()).toEqual(ALL)
    const ids = await Promise.all(databases.map(async ({ kysely }) => (await readDeployment(kysely)).deploymentId))
    expect(new Set(ids).size).toBe(1)
  })

  test('ten processes at once: one of them applies it; pg is loaded for PostgreSQL only', async () => {
    const program = fileURLToPath(new URL('../../test/migrate-process.ts', import.meta.url))
    const outputs = await Promise.all(
      Array.from({ length: 10 }, () => promisify(execFile)(process.execPath, [program, fresh.url])),
    )
    const found = outputs.map(({ stdout }) => JSON.parse(stdout))
    expect(found.flatMap(({ applied }) => applied)).toEqual(ALL)
    expect(new Set(found.map(({ deploymentId }) => deploymentId)).size).toBe(1)
    expect(found.map(({ loadedPg }) => loadedPg)).toEqual(Array(10).fill(dialect === 'postgres'))
  })

  test('refuses a database of a newer version and leaves it alone', async () => {
    const database = await connect()
    await migrate(database, 1)
    const { accountId } = await givenAccount(database)
    await sql`insert into migrations (name, applied_at) values ('999-from-the-future', 2)`.execute(database.kysely)

    const refused = migrate(database, 3)
    await expect(refused).rejects.toThrow(DatabaseTooNewError)
    await expect(refused).rejects.toThrow('999-from-the-future')
    expect(await findAccount(database.kysely, accountId)).toBeDefined()
  })

  test('applies what is pending on top of what is there, all or nothing', async () => {
    const database = await connect()
    await migrate(database, 1)
    const { deploymentId } = await readDeployment(database.kysely)
    const known = ALL.map((name) => ({ name, up: async () => expect.unreachable('applied twice') }))

    await expect(migrate(database, 2, [...known, second, broken])).rejects.toThrow('half way')
    expect(await appliedNames(database)).toEqual(ALL)
    await expect(sql`select * from notes`.execute(database.kysely)).rejects.toThrow()

    expect(await migrate(database, 3, [...known, second])).toEqual(['900-notes'])
    expect(await appliedNames(database)).toEqual([...ALL, '900-notes'])
    await sql`insert into notes (id, note) values (1, ${new Uint8Array([0, 255])})`.execute(database.kysely)
    expect((await readDeployment(database.kysely)).deploymentId).toBe(deploymentId)
  })
})

async function appliedNames(database: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from migrations order by name`.execute(database.kysely)
  return rows.map(({ name }) => name)
}

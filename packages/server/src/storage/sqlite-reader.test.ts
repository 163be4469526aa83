import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { givenAccount } from '../../test/records.ts'
import { type Database, openDatabase } from './database.ts'
import { migrate } from './migrate.ts'

let folder: string
let database: Database

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-reader-'))
  database = await openDatabase(`sqlite:${join(folder, 'a.db')}`)
  await migrate(database, 1)
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

test('the reader sees what was committed before its statement, and changes nothing', async () => {
  const { accountId } = await givenAccount(database)
  const accounts = () => database.reader.selectFrom('accounts').select('id').execute()
  expect(await accounts()).toEqual([{ id: accountId }])
  const other = await givenAccount(database, { accountId: randomUUID() })
  expect(await accounts()).toHaveLength(2)
  const change = database.reader.deleteFrom('accounts').where('id', '=', other.accountId).execute()
  await expect(change).rejects.toThrow('readonly')
  await expect(sql`select nothing`.execute(database.reader)).rejects.toMatchObject({ code: 'ERR_SQLITE_ERROR' })
})

test('a long read does not stop this thread', async () => {
  await database.reader.selectFrom('accounts').select('id').execute()
  const numbers = sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < 200000)
    select count(*) as count from n`
  const reading = numbers.execute(database.reader).then(({ rows }) => rows)
  expect(await Promise.race([reading, sleep(1, 'a turn')])).toBe('a turn')
  expect(await reading).toEqual([{ count: 200_000 }])
})

test('after its end it answers nothing', async () => {
  const reading = sql`select 1`.execute(database.reader)
  await reading
  await database.close()
  await expect(sql`select 1`.execute(database.reader)).rejects.toThrow('closed')
})

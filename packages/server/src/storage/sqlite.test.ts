import { randomBytes } from 'node:crypto'
import { existsSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type RawBuilder, sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/fresh-database.ts'
import { givenAccount } from '../../test/records.ts'
import { findAccount } from './accounts.ts'
import { type Database, type DatabaseOptions, openDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { checkWrites, inTransaction } from './transaction.ts'
import { isUnavailable } from './unavailable.ts'

let fresh: FreshDatabase
const open: Database[] = []

beforeEach(async () => {
  fresh = await freshDatabase('sqlite')
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((database) => database.close()))
  await fresh.remove()
})

async function connect(url = fresh.url, options: DatabaseOptions = {}): Promise<Database> {
  const database = await openDatabase(url, options)
  open.push(database)
  return database
}

async function readOne(database: Database, query: RawBuilder<unknown>): Promise<unknown> {
  const { rows } = await query.execute(database.kysely)
  return Object.values(rows[0] ?? {})[0]
}

const pathOf = ({ url }: FreshDatabase) => url.slice('sqlite:'.length)
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

test('the file, its WAL files and a missing folder are for their owner only', async () => {
  const folder = join(dirname(pathOf(fresh)), 'new', 'folder')
  const path = join(folder, 'keys.db')
  const database = await connect(`sqlite:${path}`)
  await migrate(database, 0)
  expect(database.location).toBe(path)
  expect(await Promise.all([folder, path, `${path}-wal`, `${path}-shm`].map(modeOf))).toEqual([
    '700',
    '600',
    '600',
    '600',
  ])
})

test('the mode of a file that is there is left as its owner set it', async () => {
  const path = pathOf(fresh)
  await writeFile(path, '')
  await chmod(path, 0o640)
  await connect()
  expect(await modeOf(path)).toBe('640')
})

test('an acknowledged change is on the disk, and references are enforced', async () => {
  const database = await connect()
  const settings = await Promise.all([
    readOne(database, sql`pragma journal_mode`),
    readOne(database, sql`pragma synchronous`),
    readOne(database, sql`pragma fullfsync`),
    readOne(database, sql`pragma foreign_keys`),
    readOne(database, sql`pragma trusted_schema`),
    readOne(database, sql`pragma busy_timeout`),
  ])
  expect(settings).toEqual(['wal', 2, 1, 1, 0, 5000])
})

test('a kept statement sees what the schema became', async () => {
  const database = await connect()
  const query = sql<{ a: number }>`select * from t order by a`
  await sql`create table t (a integer)`.execute(database.kysely)
  for (const a of [1, 2, 3]) await sql`insert into t values (${a})`.execute(database.kysely)
  expect((await query.execute(database.kysely)).rows).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }])
  await sql`alter table t add column b integer default 7`.execute(database.kysely)
  expect((await query.execute(database.kysely)).rows.at(-1)).toEqual({ a: 3, b: 7 })
  const file = new DatabaseSync(pathOf(fresh))
  file.exec('alter table t add column c integer default 8')
  file.close()
  await query.execute(database.kysely)
  expect((await query.execute(database.kysely)).rows.at(-1)).toEqual({ a: 3, b: 7, c: 8 })
})

test('more texts than are kept all run, and run again', async () => {
  const database = await connect()
  const ask = async (i: number) => readOne(database, sql.raw(`select ${i}`) as RawBuilder<unknown>)
  for (const _ of [1, 2]) {
    for (let i = 0; i < 450; i++) expect(await ask(i)).toBe(i)
  }
})

test('two transactions that read before they write wait for each other instead of failing', async () => {
  const [one, two] = [await connect(), await connect()]
  await migrate(one, 0)
  const addOne = (database: Database) =>
    inTransaction(database, async (trx) => {
      const { value } = await trx.selectFrom('counters').select('value').executeTakeFirstOrThrow()
      await new Promise((resolve) => setTimeout(resolve, 20))
      await trx
        .updateTable('counters')
        .set({ value: value + 1 })
        .execute()
    })
  await Promise.all([addOne(one), addOne(two), addOne(one), addOne(two)])
  expect(await readOne(one, sql`select value from counters`)).toBe(4)
})

test('waiting for a lock leaves the thread to others, and ends with a fault that says so', async () => {
  const [holder, waiter] = [await connect(), await connect(fresh.url, { lockTimeoutMs: 300 })]
  await migrate(holder, 0)
  let ticks = 0
  const timer = setInterval(() => ticks++, 10)
  await inTransaction(holder, async () => {
    const fault = await inTransaction(waiter, async () => {}).catch((error: unknown) => error)
    expect(isUnavailable(fault)).toBe(true)
  })
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(10)
  expect(await readOne(waiter, sql`pragma busy_timeout`)).toBe(300)
})

test('opening waits for a lock without stopping the thread', async () => {
  const holder = new DatabaseSync(pathOf(fresh))
  holder.exec('create table t (c); begin exclusive')
  const opening = connect()
  setTimeout(() => holder.exec('commit'), 100)
  expect(await readOne(await opening, sql`pragma journal_mode`)).toBe('wal')
  holder.close()
})

test('a transaction that SQLite itself rolled back fails with the reason of that', async () => {
  const database = await connect()
  await migrate(database, 0)
  const work = inTransaction(database, async (trx) => {
    await sql`insert or rollback into counters (name, value) values ('key_changes', 1)`.execute(trx)
  })
  await expect(work).rejects.toThrow('UNIQUE constraint failed')
  await givenAccount(database)
})

test('a full disk is reported as such, and the connection works again afterwards', async () => {
  const database = await connect()
  await migrate(database, 0)
  const pages = await readOne(database, sql`pragma page_count`)
  await sql`pragma max_page_count = ${sql.lit(pages)}`.execute(database.kysely)
  const fault = await givenAccount(database, { name: 'x'.repeat(100_000) }).catch((error: unknown) => error)
  expect(fault).toMatchObject({ errcode: 13 })
  expect(isUnavailable(fault)).toBe(true)

  await sql`pragma max_page_count = 1000000`.execute(database.kysely)
  const { accountId } = await givenAccount(database)
  expect(await findAccount(database.kysely, accountId)).toBeDefined()
})

test('an in-memory database works, and leaves no file', async () => {
  const database = await connect('sqlite::memory:')
  await migrate(database, 0)
  const { accountId } = await givenAccount(database)
  expect(await findAccount(database.kysely, accountId)).toBeDefined()
  expect(existsSync(':memory:')).toBe(false)
})

test('a file that is no database is a fault at opening', async () => {
  await writeFile(pathOf(fresh), 'not a database, but long enough to hold a header. '.repeat(20))
  await expect(connect()).rejects.toThrow('is no SQLite database')
})

test.runIf(existsSync('/proc/locks'))('opening a second connection drops no lock of the first one', async () => {
  const first = await connect()
  await migrate(first, 0)
  const locks = async () => {
    const { ino } = await stat(pathOf(fresh))
    const lines = (await readFile('/proc/locks', 'utf8')).split('\n')
    return lines.filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `))
  }
  expect(await locks()).toHaveLength(1)
  await connect()
  expect(await locks()).toHaveLength(1)
})

test.each([
  ['overwritten', (path: string) => writeFileSync(path, randomBytes(statSync(path).size), { flag: 'r+' })],
  ['cut off', (path: string) => truncateSync(path, 0)],
  ['moved away', (path: string) => renameSync(path, `${path}-old`)],
])('a file that was %s does not answer any more, whatever pages are kept of it', async (_, damage) => {
  const database = await connect()
  await migrate(database, 0)
  await database.kysely.selectFrom('deployment').selectAll().execute()
  await sql`pragma wal_checkpoint(truncate)`.execute(database.kysely)
  await database.ping()
  damage(pathOf(fresh))
  await expect(database.ping()).rejects.toThrow()
})

test('after a write that failed, a small one shows whether writes work again', async () => {
  const database = await connect(fresh.url, { lockTimeoutMs: 20 })
  await migrate(database, 0)
  await checkWrites(database)
  const other = new DatabaseSync(pathOf(fresh))
  other.exec('begin immediate')
  // Nothing was written since: nothing is tried.
  await checkWrites(database)
  await expect(inTransaction(database, async () => undefined)).rejects.toThrow('locked')
  await expect(checkWrites(database)).rejects.toThrow('locked')
  other.exec('rollback')
  await checkWrites(database)
  other.exec('begin immediate')
  await checkWrites(database)
  other.close()
})

test.each([
  ['a folder', (folder: string) => folder, 'is a folder', 'name a file in it'],
  [
    'a file that is no database',
    (folder: string) => join(folder, 'text'),
    'is no SQLite database',
    'name another file',
  ],
  ['a path through a file', (folder: string) => join(folder, 'text', 'keys.db'), 'leads through a file', 'name a file'],
])('%s is named, with what to do', async (_, place, problem, fix) => {
  const folder = dirname(pathOf(fresh))
  await writeFile(join(folder, 'text'), `no database, ${'x'.repeat(200)}`)
  const path = place(folder)
  await expect(openDatabase(`sqlite:${path}`)).rejects.toMatchObject({
    name: 'DatabaseFileError',
    message: `${path} ${problem}`,
    fix: expect.stringContaining(fix),
  })
})

test('a database whose disk is full when its schema is made says so', async () => {
  const database = await connect()
  await sql`pragma max_page_count = 2`.execute(database.kysely)
  await expect(migrate(database, 0)).rejects.toMatchObject({
    name: 'DatabaseFileError',
    message: `${pathOf(fresh)} cannot be written: its disk is full`,
    fix: expect.stringContaining('free space'),
  })
})

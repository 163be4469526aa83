import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase, runOnPostgres } from '../../test/fresh-database.ts'
import { type Database, openDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { isUnavailable } from './unavailable.ts'

let fresh: FreshDatabase
let database: Database

beforeAll(async () => {
  fresh = await freshDatabase('postgres')
  const name = new URL(fresh.url).pathname.slice(1)
  await runOnPostgres(fresh.url, `alter database ${name} set synchronous_commit = off`)
  database = await openDatabase(fresh.url, { statementTimeoutMs: 500 })
})
afterAll(async () => {
  await database?.close()
  await fresh?.remove()
})

const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

async function setting(name: string): Promise<string | undefined> {
  const { rows } = await sql<{ value: string }>`select current_setting(${name}) as value`.execute(database.kysely)
  return rows[0]?.value
}

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, port: address.port }
}

test('an acknowledged change is on the disk, whatever the server defaults to', async () => {
  expect(await setting('synchronous_commit')).toBe('on')
})

test('a stronger guarantee than that is kept', async () => {
  const url = `${fresh.url}?options=-csynchronous_commit%3Dremote_apply`
  const stronger = await openDatabase(url)
  const { rows } = await sql`show synchronous_commit`.execute(stronger.kysely)
  await stronger.close()
  expect(rows).toEqual([{ synchronous_commit: 'remote_apply' }])
})

test('sessions have a name and their time limits', async () => {
  expect(await setting('application_name')).toBe('countersign')
  expect(await setting('statement_timeout')).toBe('500ms')
  expect(await setting('idle_in_transaction_session_timeout')).toBe('500ms')
})

test('the location is the URL without its password', () => {
  const { port, pathname } = new URL(fresh.url)
  expect(database.location).toBe(`postgres://postgres@127.0.0.1:${port}${pathname}`)
})

test('int8 is a number', async () => {
  const { rows } = await sql`select 9007199254740991::int8 as big`.execute(database.kysely)
  expect(rows).toEqual([{ big: Number.MAX_SAFE_INTEGER }])
})

test('a statement that takes too long is ended', async () => {
  const fault = await faultOf(sql`select pg_sleep(5)`.execute(database.kysely))
  expect(fault).toMatchObject({ code: '57014' })
  expect(isUnavailable(fault)).toBe(true)
  await database.ping()
})

test('the end of an idle connection goes unnoticed', async () => {
  await database.ping()
  await runOnPostgres(fresh.url, END_OTHERS)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await database.ping()
})

test('the end of a connection inside a transaction is a fault of that transaction only', async () => {
  const fault = await faultOf(
    database.kysely.transaction().execute(async (trx) => {
      await sql`select 1`.execute(trx)
      await runOnPostgres(fresh.url, END_OTHERS)
      await new Promise((resolve) => setTimeout(resolve, 50))
      await sql`select 1`.execute(trx)
    }),
  )
  expect(isUnavailable(fault)).toBe(true)
  await database.ping()
})

test('nobody listening is a fault that says so', async () => {
  const { server, port } = await listen()
  server.close()
  const nobody = await openDatabase(`postgres://ada:s3cret@127.0.0.1:${port}/keys`)
  const fault = await faultOf(nobody.ping())
  await nobody.close()
  expect(isUnavailable(fault)).toBe(true)
  expect(String(fault)).not.toContain('s3cret')
})

test('a server that accepts and stays silent is given up after the time for connecting', async () => {
  const { server, port } = await listen()
  server.on('connection', (socket) => socket.on('error', () => {}))
  const silent = await openDatabase(`postgres://ada@127.0.0.1:${port}/keys`, { connectTimeoutMs: 200 })
  const start = performance.now()
  const fault = await faultOf(silent.ping())
  await silent.close()
  server.close()
  expect(isUnavailable(fault)).toBe(true)
  expect(performance.now() - start).toBeLessThan(3000)
})

test('a server that falls silent is given up, and its connection never used again', async () => {
  const { server, port } = await listen()
  const sockets: Socket[] = []
  server.on('connection', (socket) => {
    const upstream = connect(Number(new URL(fresh.url).port), '127.0.0.1')
    sockets.push(socket, upstream)
    for (const end of [socket, upstream]) end.on('error', () => {})
    socket.pipe(upstream).pipe(socket)
  })
  const url = new URL(fresh.url)
  url.port = String(port)
  const muted = await openDatabase(url.href, { statementTimeoutMs: 100 })
  const start = performance.now()
  const fault = await faultOf(
    muted.kysely.transaction().execute(async (trx) => {
      await sql`select 1`.execute(trx)
      for (const socket of sockets) socket.unpipe().pause()
      await sql`select 1`.execute(trx)
    }),
  )
  expect(fault).toMatchObject({ message: 'Query read timeout' })
  expect(isUnavailable(fault)).toBe(true)
  expect(performance.now() - start).toBeLessThan(4000)
  await muted.ping()
  await muted.close()
  for (const socket of sockets) socket.destroy()
  server.close()
})

test('an answer that came while the event loop was busy counts, whatever the clock says', async () => {
  await database.ping()
  const work = database.kysely.connection().execute(async (connection) => {
    const answer = sql<{ done: number }>`select 1 as done from pg_sleep(0.1)`.execute(connection)
    await nextTurn()
    stopTheLoop(500 + 2000 + 200)
    return (await answer).rows
  })
  expect(await work).toEqual([{ done: 1 }])
})

test('a connection that was accepted while the event loop was busy counts too', async () => {
  const connectTimeoutMs = 1_500
  const busy = await openDatabase(fresh.url, { connectTimeoutMs })
  const answer = busy.ping()
  await nextTurn()
  stopTheLoop(3 * connectTimeoutMs + 200)
  await answer
  await busy.close()
})

test('callers beyond the connections of a pool wait in order, and not for ever', async () => {
  const small = await openDatabase(fresh.url, { maxConnections: 1 })
  const order: number[] = []
  const ask = async (nth: number) => {
    const { rows } = await sql<{ count: number }>`
      select count(*) from pg_stat_activity where datname = current_database() and application_name = 'countersign'
        and backend_start > ${startedAt}::timestamptz`.execute(small.kysely)
    order.push(nth)
    return rows[0]?.count ?? 0
  }
  const { rows } = await sql<{ now: string }>`select now()::text as now`.execute(database.kysely)
  const startedAt = rows[0]?.now
  const counts = await Promise.all(Array.from({ length: 20 }, (_, nth) => ask(nth)))
  expect(Math.max(...counts)).toBe(1)
  expect(order).toEqual(counts.map((_, nth) => nth))

  const { promise, resolve: release } = Promise.withResolvers<void>()
  const held = small.kysely.connection().execute(() => promise)
  const fault = await faultOf(small.ping())
  expect(fault).toMatchObject({ message: 'timeout exceeded when trying to connect' })
  expect(isUnavailable(fault)).toBe(true)
  release()
  await held
  await small.ping()
  await small.close()
})

test('more callers than may wait are refused at once', async () => {
  const small = await openDatabase(fresh.url, { maxConnections: 1, connectTimeoutMs: 60_000 })
  const { promise, resolve: release } = Promise.withResolvers<void>()
  const held = small.kysely.connection().execute(() => promise)
  const waiting = Array.from({ length: 1_000 }, () => small.ping())
  await nextTurn()
  const fault = await faultOf(small.ping())
  expect(isUnavailable(fault)).toBe(true)
  expect(fault).toMatchObject({ message: 'too many callers wait for a database connection' })
  release()
  await Promise.all([held, ...waiting])
  await small.close()
})

test('a role that may not create tables can run on a database that is up to date', async () => {
  const owner = await openDatabase(fresh.url)
  await migrate(owner, 1)
  await owner.close()
  const name = new URL(fresh.url).pathname.slice(1)
  await runOnPostgres(
    fresh.url,
    `create role ${name} login password 'test'; grant all on all tables in schema public to ${name}`,
  )
  const url = new URL(fresh.url)
  url.username = name
  const restricted = await openDatabase(url.href)
  expect(await migrate(restricted, 2)).toEqual([])
  expect(await faultOf(sql`create table mine (id text)`.execute(restricted.kysely))).toMatchObject({ code: '42501' })
  await restricted.close()
  await runOnPostgres(fresh.url, `drop owned by ${name}; drop role ${name}`)
})

/** Keeps the event loop busy. */
function stopTheLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

const END_OTHERS = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
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

test('a role that may not create tables can run on a database that is up to date', async () => {
  await migrate(database, 1)
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

const END_OTHERS = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`

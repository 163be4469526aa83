import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../packages/server/test/fresh-database.ts'
import { databaseCrash, describeCrashReport, runCrashRounds, serverCrash } from './support/crash/rounds.ts'
import { type OwnPostgres, startOwnPostgres } from './support/own-postgres.ts'
import { DIALECTS } from './support/running-server.ts'

const ROUNDS = 10
const DATABASE_ROUNDS = 3

describe.concurrent.each(DIALECTS)(
  'a server that is killed while 8 clients generate and delete keys (%s)',
  (dialect) => {
    let database: FreshDatabase
    beforeAll(async () => {
      database = await freshDatabase(dialect)
    })
    afterAll(() => database?.remove())

    test('comes back with all that it acknowledged, and with nothing half-written', { timeout: 180_000 }, async () => {
      const { url } = database
      const report = await runCrashRounds({ rounds: ROUNDS, databaseUrl: url, crash: serverCrash(url) })

      console.log(describeCrashReport(dialect, report))
      expect(report.losses).toEqual([])
      expect(report.damage).toEqual([])
      expect(report.acknowledged).toBeGreaterThanOrEqual(ROUNDS)
    })
  },
)

describe.concurrent('a PostgreSQL that is killed under a server which runs on', () => {
  let postgres: OwnPostgres
  beforeAll(async () => {
    postgres = await startOwnPostgres()
  })
  afterAll(() => postgres?.remove())

  test('comes back with all that the server acknowledged, and the server finds it again', {
    timeout: 180_000,
  }, async () => {
    const crash = databaseCrash(postgres)
    const report = await runCrashRounds({ rounds: DATABASE_ROUNDS, databaseUrl: postgres.url, crash })

    console.log(describeCrashReport('postgres itself', report))
    expect(report.losses).toEqual([])
    expect(report.damage).toEqual([])
    expect(report.acknowledged).toBeGreaterThanOrEqual(DATABASE_ROUNDS)
  })
})

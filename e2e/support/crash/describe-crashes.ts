import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../packages/server/test/fresh-database.ts'
import { type OwnPostgres, startOwnPostgres } from '../own-postgres.ts'
import { DIALECTS } from '../running-server.ts'
import { type Crash, databaseCrash, describeCrashReport, runCrashRounds, serverCrash } from './rounds.ts'

/** How many rounds the suite runs, and how long each may take at most. */
export interface CrashSuite {
  /** Of the server, on each database. */
  readonly serverRounds: number
  /** Of PostgreSQL itself. */
  readonly databaseRounds: number
}

const ROUND_WITHIN_MS = 20_000

/** Describes what crashes must not do; printed are the figures of each. */
export function describeCrashes({ serverRounds, databaseRounds }: CrashSuite): void {
  describe.concurrent.each(DIALECTS)(
    'a server that is killed while 8 clients generate and delete keys (%s)',
    (dialect) => {
      let database: FreshDatabase
      beforeAll(async () => {
        database = await freshDatabase(dialect)
      })
      afterAll(() => database?.remove())

      test('comes back with all that it acknowledged, and with nothing half-written', timeFor(serverRounds), () =>
        expectNoLosses(dialect, serverRounds, database.url, serverCrash(database.url)),
      )
    },
  )

  describe.concurrent('a PostgreSQL that is killed under a server which runs on', () => {
    let postgres: OwnPostgres
    beforeAll(async () => {
      postgres = await startOwnPostgres()
    })
    afterAll(() => postgres?.remove())

    test(
      'comes back with all that the server acknowledged, and the server finds it again',
      timeFor(databaseRounds),
      () => expectNoLosses('postgres itself', databaseRounds, postgres.url, databaseCrash(postgres)),
    )
  })
}

function timeFor(rounds: number): { timeout: number } {
  return { timeout: rounds * ROUND_WITHIN_MS }
}

async function expectNoLosses(name: string, rounds: number, databaseUrl: string, crash: Crash): Promise<void> {
  const report = await runCrashRounds({ rounds, databaseUrl, crash })
  console.log(describeCrashReport(name, report))
  expect(report.losses).toEqual([])
  expect(report.damage).toEqual([])
  expect(report.acknowledged).toBeGreaterThanOrEqual(rounds)
}

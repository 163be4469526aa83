import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../packages/server/test/fresh-database.ts'
import { describeCrashReport, runCrashRounds, serverCrash } from './support/crash/rounds.ts'
import { DIALECTS } from './support/running-server.ts'

const ROUNDS = 10

describe.each(DIALECTS)('a server that is killed while 8 clients generate and delete keys (%s)', (dialect) => {
  let database: FreshDatabase
  beforeAll(async () => {
    database = await freshDatabase(dialect)
  })
  afterAll(() => database?.remove())

  test('comes back with all that it acknowledged, and with nothing half-written', { timeout: 120_000 }, async () => {
    const { url } = database
    const report = await runCrashRounds({ rounds: ROUNDS, databaseUrl: url, crash: serverCrash(url) })

    console.log(describeCrashReport(dialect, report))
    expect(report.losses).toEqual([])
    expect(report.damage).toEqual([])
    expect(report.acknowledged).toBeGreaterThan(ROUNDS)
  })
})

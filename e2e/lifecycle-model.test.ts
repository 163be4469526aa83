import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../packages/server/test/each-database.ts'
import { commands, firstAttacks, runLifecycle } from './support/lifecycle-commands.ts'

/** Sequences a database; the same for longer: npm run soak. */
const RUNS = 6

describeOnEachDatabase('any sequence of calls by three accounts, a leaked key and operators', ({ database }) => {
  test('lets no power grow, crosses no accounts, wakes no ended key, and is told in one whole chain', async () => {
    await fc.assert(
      fc.asyncProperty(commands, (sequence) => runLifecycle(database(), sequence)),
      { numRuns: RUNS, endOnFailure: true, examples: [[firstAttacks()]] },
    )
    expect.hasAssertions()
  })
})

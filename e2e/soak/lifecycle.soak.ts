import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../packages/server/test/each-database.ts'
import { commands, firstAttacks, runLifecycle } from '../support/lifecycle-commands.ts'

const RUNS_A_ROUND = 50
const ROUNDS = 6

// A database of its own for each round, since the whole chain of its events is checked after each sequence.
for (let round = 1; round <= ROUNDS; round++) {
  describeOnEachDatabase(`sequences of calls, round ${round} of ${ROUNDS}`, ({ database }) => {
    test(`${RUNS_A_ROUND} sequences`, { timeout: 300_000 }, async () => {
      const property = fc.asyncProperty(commands, (sequence) => runLifecycle(database(), sequence))
      await fc.assert(property, { numRuns: RUNS_A_ROUND, examples: [[firstAttacks()]] })
      expect.hasAssertions()
    })
  })
}

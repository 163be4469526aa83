import { describeThreadRounds } from '../support/thread-rounds.ts'

const BACK_WITHIN_MS = 2_000

describeThreadRounds([
  { workers: 1, rounds: 68, backWithinMs: BACK_WITHIN_MS },
  { workers: 2, rounds: 66, backWithinMs: BACK_WITHIN_MS },
  { workers: 4, rounds: 66, backWithinMs: BACK_WITHIN_MS },
])

import { describeThreadRounds } from './support/thread-rounds.ts'

// Each fault once. The time is generous: others work on the machine of a test.
describeThreadRounds([{ workers: 2, rounds: 4, backWithinMs: 60_000 }])

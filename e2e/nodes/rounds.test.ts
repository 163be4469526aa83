import { describeNodeRounds } from '../support/nodes/node-rounds.ts'

// A short form of `npm run soak:nodes`.
describeNodeRounds({
  signatures: 10,
  copies: 60,
  faults: ['kill -9 of Redis', 'FLUSHALL'],
  faultMs: 500,
  stormMs: 2_000,
  // The default is 100 ms. Other suites run on the same machine.
  timeoutMs: 5_000,
})

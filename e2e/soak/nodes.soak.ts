import { describeNodeRounds } from '../support/nodes/node-rounds.ts'

describeNodeRounds({
  signatures: 500,
  copies: 200,
  faults: [
    'kill -9 of a node',
    'kill -9 of Redis',
    'kill -9 of PostgreSQL',
    'a node stands still',
    'Redis stands still',
    'FLUSHALL',
    'Redis is full',
  ],
  faultMs: 10_000,
  stormMs: 10_000,
  timeoutMs: 100,
})

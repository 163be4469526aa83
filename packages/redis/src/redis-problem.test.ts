import { expect, test } from 'vitest'
import { NoAnswer, problemOf } from './redis-problem.ts'

class ErrorReply extends Error {}

test.each([
  ['NOAUTH Authentication required.', 'auth'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'auth'],
  ["NOPERM this user has no permissions to run the 'evalsha' command", 'auth'],
  ['ERR AUTH <password> called without any password configured for the default user.', 'auth'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'oom'],
  ['MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.', 'misconf'],
  ['NOREPLICAS Not enough good replicas to write.', 'misconf'],
  ["READONLY You can't write against a read only replica.", 'readonly'],
  ['LOADING Redis is loading the dataset in memory', 'loading'],
  ['BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.', 'loading'],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'loading'],
  ['CLUSTERDOWN The cluster is down', 'cluster_down'],
  ['TRYAGAIN Multiple keys request during rehashing of slot', 'cluster_down'],
  ['ERR Error running script (call to f_1): @user_script:1: user_script:1: attempt to index nil', 'script'],
] as const)('%s', (message, problem) => {
  expect(problemOf(new ErrorReply(message))).toBe(problem)
})

test('what is no answer of Redis', () => {
  expect(
    [new NoAnswer('no answer within 100 ms'), new Error('connect ECONNREFUSED'), 'Socket closed'].map(problemOf),
  ).toEqual(['no_answer', 'no_answer', 'no_answer'])
})

import { expect, test } from 'vitest'
import { redisConnection, redisProblems } from './redis-connection.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const place = (redisUrl: string | undefined, changes: Partial<typeof DEFAULT_SETTINGS.redis> = {}) => ({
  redisUrl,
  redis: { ...DEFAULT_SETTINGS.redis, ...changes },
})
const SENTINELS = ['redis://s1:26379', 'redis://:of-sentinel@s2:26379']
const NODES = ['redis://c1:6379', 'redis://c2:6379']

test.each([
  ['none', place(undefined), undefined],
  ['one', place('rediss://u:p@r:6380/2'), { kind: 'single', url: 'rediss://u:p@r:6380/2' }],
  ['one in the file', place(undefined, { urls: ['redis://r'] }), { kind: 'single', url: 'redis://r' }],
  [
    'Sentinels, with the user, password and TLS of Redis itself from the environment',
    place('rediss://u%40x:p%2Fw@any', { mode: 'sentinel', sentinelName: 'mymaster', urls: SENTINELS }),
    {
      kind: 'sentinel',
      name: 'mymaster',
      urls: SENTINELS,
      redis: { username: 'u@x', password: 'p/w' },
      isTls: true,
    },
  ],
  [
    'one Sentinel in the environment',
    place('redis://s1', { mode: 'sentinel', sentinelName: 'm' }),
    { kind: 'sentinel', name: 'm', urls: ['redis://s1'] },
  ],
  [
    'a cluster, the environment first',
    place('redis://:p@c0', { mode: 'cluster', urls: NODES }),
    { kind: 'cluster', urls: ['redis://:p@c0', ...NODES] },
  ],
])('%s', (_, given, connection) => {
  expect(redisProblems(given)).toEqual([])
  expect(redisConnection(given)).toEqual(connection)
})

test.each([
  [place('redis://r', { urls: ['redis://r2'] }), 'one Redis is enough'],
  [place(undefined, { urls: NODES }), 'one Redis is enough'],
  [place(undefined, { mode: 'cluster' }), 'needs at least one URL'],
  [place(undefined, { mode: 'sentinel', sentinelName: 'm' }), 'needs at least one URL'],
  [place('redis://:a/b@r:6379'), 'COUNTERSIGN_REDIS_URL: no host or port can be read: percent-encode'],
  [place('redis://:50%x@r:6379'), 'COUNTERSIGN_REDIS_URL: no host or port can be read'],
  [place(undefined, { urls: ['redis://u:p@r:99999'] }), 'redis.urls.0: no host or port can be read'],
  [place('redis://s1', { mode: 'sentinel' }), 'needs the name of the master'],
])('%j does not fit together', (given, problem) => {
  expect(redisProblems(given)).toEqual([expect.stringContaining(problem)])
})

import { afterAll, beforeAll, describe } from 'vitest'
import { admissionContract } from '../../gate/test/admission-contract.ts'
import { openHarness } from '../test/redis-harness.ts'
import { HAS_REDIS, startCluster, startRedis, type TestRedis } from '../test/redis-server.ts'
import type { RedisConnection } from './connection.ts'

const CONTRACT = { runs: 8, bound: 'memory', onWrongClock: 'unavailable' } as const

describe.runIf(HAS_REDIS).each([
  ['one server', async () => [await startRedis()], ([url = '']: string[]) => ({ kind: 'single', url }) as const],
  ['a cluster', startCluster, (urls: string[]) => ({ kind: 'cluster', urls }) as const],
] as const)('admission in Redis: %s', (_, startServers, connect) => {
  let servers: readonly TestRedis[]
  let connection: RedisConnection
  const opened: AsyncDisposable[] = []
  beforeAll(async () => {
    servers = await startServers()
    connection = connect(servers.map(({ url }) => url))
  })
  afterAll(async () => {
    await Promise.all(opened.map((admission) => admission[Symbol.asyncDispose]()))
    await Promise.all(servers.map((server) => server.remove()))
  })

  admissionContract(async (sizes) => {
    const harness = await openHarness(connection, { maxClaims: sizes.maxClaims })
    opened.push(harness.admission)
    return harness
  }, CONTRACT)
})

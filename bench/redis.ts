/**
 * `npm run bench:redis`: one data-plane thread of the real server, with claims and buckets in a Redis on this machine and in shared
 * memory, in turn; 32 connections, one request of five a POST whose signature counts once. Then the admission alone: processor time of
 * Redis and of the client for an admit, beside PING.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AdmissionRequest } from '@countersign/gate'
import { openRedisAdmission } from '@countersign/redis'
import { connectTo } from '../packages/redis/src/server-connection.ts'
import { startRedis, type TestRedis } from '../packages/redis/test/redis-server.ts'
import { sendAll } from './authorize/load.ts'
import { roundsOf } from './authorize/rounds-of.ts'
import { pin, type ServedProcess, startServed } from './authorize/served-process.ts'
import { givenSigner } from './support/given-signer.ts'
import { machineFacts } from './support/machine.ts'
import { interleave, median, percentile } from './support/rounds.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 10)
const WARM_UP_ROUNDS = Math.min(5, ROUNDS)
const CONNECTIONS = 32
const REQUESTS = 4_000
const ORDER_EVERY = 5
/** With Redis: at least this part of the decisions a second; at most so much processor time an admit, and so many times the p50 of PING. */
const GOALS = { ratio: 0.75, microseconds: 20, pings: 3 }
const [SERVERS, SENDER] = [0, 1]

const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
const redis = await startRedis()
try {
  console.log(machineFacts())
  console.log(`Redis ${/redis_version:(\S+)/.exec(String(await redis.ask('INFO', 'server')))?.[1]}`)
  await compareServers()
  await measureAdmission()
} finally {
  await redis.remove()
  await rm(folder, { recursive: true, force: true })
}

/** The real server, over both. */
async function compareServers(): Promise<void> {
  pin(process.pid, SENDER)
  const { signer, databaseUrl } = await givenSigner(folder, '203.0.113.0/24')
  const program = new URL('authorize/countersign.ts', import.meta.url)
  const servers = {
    memory: await startServed(program, [databaseUrl, 'node'], SERVERS),
    redis: await startServed(program, [databaseUrl, 'node', redis.url], SERVERS),
  }
  const next = roundsOf(signer, REQUESTS, ROUNDS + WARM_UP_ROUNDS, ORDER_EVERY)
  const { memory, redis: inRedis } = await interleave(
    ROUNDS,
    {
      memory: () => measureServer(servers.memory, next('memory')),
      redis: () => measureServer(servers.redis, next('redis')),
    },
    WARM_UP_ROUNDS,
  )
  await Promise.all(Object.values(servers).map((server) => server.stop()))
  const ratio = median(inRedis.map((it, i) => it.perSecond / (memory[i]?.perSecond ?? Number.NaN)))
  const added = median(inRedis.map((it, i) => it.p50Ms - (memory[i]?.p50Ms ?? Number.NaN)))
  console.log(`\n${CONNECTIONS} connections, ${ROUNDS} rounds of ${REQUESTS} requests, medians:`)
  for (const [name, figures] of Object.entries({ 'shared memory': memory, Redis: inRedis })) {
    const of = (key: keyof ServerFigures, digits: number) => median(figures.map((it) => it[key])).toFixed(digits)
    console.log(
      `  ${name.padEnd(14)} ${of('perSecond', 0)}/s, p50 ${of('p50Ms', 2)} ms, p99 ${of('p99Ms', 2)} ms, ${of('cpu', 1)} us of the server a request`,
    )
  }
  report('decisions a second, of those with shared memory', ratio, GOALS.ratio, 'at least')
  console.log(`  p50 added: ${added.toFixed(2)} ms`)
}

interface ServerFigures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpu: number
}

async function measureServer(server: ServedProcess, requests: readonly Buffer[]): Promise<ServerFigures> {
  const before = await server.cpuMicroseconds()
  const { requestsPerSecond, latenciesMs } = await sendAll(server.port, requests, CONNECTIONS)
  return {
    perSecond: requestsPerSecond,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    cpu: ((await server.cpuMicroseconds()) - before) / requests.length,
  }
}

/** The admission alone, in this process: a claim and two buckets; a bucket alone; and PING. */
async function measureAdmission(): Promise<void> {
  await using admission = await openRedisAdmission({
    connection: { kind: 'single', url: redis.url },
    secret: randomUUID(),
    timeoutMs: 2_000,
    maxClaims: 1e7,
  })
  const connection = await connectTo({ host: '127.0.0.1', port: redis.port, isTls: false }, () => undefined)
  const size = { capacity: 100_000, refillPerSecond: 1_000 }
  let next = 0
  const request = (isClaimed: boolean): AdmissionRequest => {
    const accountId = `account ${next++ % 100}`
    const signedAtMs = Date.now()
    const charge = (name: string) => ({ ...size, name, cost: 1, bucket: `${accountId} ${name}` })
    return isClaimed
      ? {
          accountId,
          claim: { key: `key ${next}`, signedAtMs, untilMs: signedAtMs + 35_000 },
          charges: [charge('write'), charge('key')],
        }
      : { accountId, charges: [charge('read')] }
  }
  const admit = (isClaimed: boolean) => async () => {
    const { outcome } = await admission.admit(request(isClaimed))
    if (outcome !== 'admitted') throw new Error(outcome)
  }
  const measured = await interleave(
    ROUNDS,
    {
      ping: () => measureCalls(() => connection.send(['PING'])),
      claimed: () => measureCalls(admit(true)),
      read: () => measureCalls(admit(false)),
      mixed: () => measureCalls(async () => admit(next % ORDER_EVERY === 0)()),
    },
    2,
  )
  connection.destroy()
  console.log(`\nThe admission alone, ${CONNECTIONS} in flight, medians:`)
  const names = {
    ping: 'PING',
    claimed: 'claim and two buckets',
    read: 'one bucket',
    mixed: 'four of one bucket, one claim',
  }
  for (const [key, name] of Object.entries(names)) {
    const figures = measured[key as keyof typeof measured]
    const of = (it: keyof CallFigures, digits: number) => median(figures.map((each) => each[it])).toFixed(digits)
    console.log(
      `  ${name.padEnd(30)} ${of('perSecond', 0).padStart(6)}/s, p50 ${of('p50Ms', 2)} ms, Redis ${of('redisCpu', 1)} us, client ${of('clientCpu', 1)} us`,
    )
  }
  const { ping, claimed, mixed } = measured
  report('Redis, us an admit with a claim', median(claimed.map((it) => it.redisCpu)), GOALS.microseconds, 'at most')
  report('client, us an admit with a claim', median(claimed.map((it) => it.clientCpu)), GOALS.microseconds, 'at most')
  const pings = median(mixed.map((it, i) => it.p50Ms / (ping[i]?.p50Ms ?? Number.NaN)))
  report('p50 of an admit, of those of PING', pings, GOALS.pings, 'at most')
}

interface CallFigures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly redisCpu: number
  readonly clientCpu: number
}

async function measureCalls(call: () => Promise<unknown>): Promise<CallFigures> {
  const latencies = new Float64Array(REQUESTS)
  const [redisBefore, clientBefore] = [await cpuOf(redis), process.cpuUsage()]
  const startedAt = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < REQUESTS) {
        const index = next++
        const sentAt = performance.now()
        await call()
        latencies[index] = performance.now() - sentAt
      }
    }),
  )
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(clientBefore)
  return {
    perSecond: REQUESTS / seconds,
    p50Ms: percentile(latencies, 0.5),
    redisCpu: ((await cpuOf(redis)) - redisBefore) / REQUESTS,
    clientCpu: (user + system) / REQUESTS,
  }
}

/** Microseconds of processor time that Redis' main thread has taken. */
async function cpuOf(server: TestRedis): Promise<number> {
  const info = String(await server.ask('INFO', 'cpu'))
  const read = (name: string) => Number(new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? 0) * 1e6
  return read('used_cpu_sys_main_thread') + read('used_cpu_user_main_thread')
}

function report(what: string, value: number, goal: number, direction: 'at least' | 'at most'): void {
  const isReached = direction === 'at least' ? value >= goal : value <= goal
  console.log(`  ${what}: ${value.toFixed(2)} (goal: ${direction} ${goal})${isReached ? '' : ' NOT REACHED'}`)
  if (!isReached) process.exitCode = 1
}

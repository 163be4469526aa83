import { afterEach, beforeEach, expect, test } from 'vitest'
import { median, percentile } from '../../bench/support/rounds.ts'
import { type AskedProcess, startAskedProcess } from '../support/asked-process.ts'
import { call } from '../support/call.ts'
import { type Flood, startFlood } from '../support/flood-process.ts'
import { accessHeaders } from '../support/key-holder.ts'

const ROUNDS = 7
const CALLS = 1_000
/** The victim's own p99 under a flood, of its p99 without one, in the same run. */
const SLOWER_AT_MOST = 2
const GROWTH_MIB = 32
/** Junk after which all that is kept of strangers is as full as it gets. */
const WARM_UP_JUNK = 100_000

let server: AskedProcess
beforeEach(async () => {
  // So that a victim that is fast does not meet its own limit.
  server = await startAskedProcess({ defaultCost: 1 })
})
afterEach(() => server.close())

test.each<[string, (victim: string) => Omit<Flood, 'port' | 'connections'>]>([
  ['on a known key id, from one address', (keyId) => ({ keyId, isFromEverywhere: false })],
  ['on a known key id, from everywhere', (keyId) => ({ keyId, isFromEverywhere: true })],
  ['on random key ids, from one address', () => ({ isFromEverywhere: false })],
  ['on random key ids, from everywhere', () => ({ isFromEverywhere: true })],
])(
  'junk %s: the victim is never refused, nor slowed down twofold; memory flat',
  { timeout: 10 * 60_000 },
  async (name, flood) => {
    for (let warmed = 0; warmed < WARM_UP_JUNK; ) {
      const running = await startFlood({ port: server.port, connections: 32, ...flood(server.customer.keyId) })
      await callAsVictim()
      warmed += await running.stop()
    }
    const quiet: number[] = []
    const flooded: number[] = []
    const memory: number[] = []
    let junk = 0
    for (let round = 0; round < ROUNDS; round++) {
      quiet.push(await callAsVictim())
      const running = await startFlood({ port: server.port, connections: 4, ...flood(server.customer.keyId) })
      flooded.push(await callAsVictim())
      junk += await running.stop()
      memory.push(await server.residentMiB())
    }
    const ratio = median(flooded.map((p99, i) => p99 / (quiet[i] ?? Number.NaN)))
    const times = `p99 ${median(quiet).toFixed(2)} ms quiet, ${median(flooded).toFixed(2)} ms flooded, ratio ${ratio.toFixed(2)}`
    console.log(`${name}: ${times}; ${junk} junk questions; resident MiB after each round: ${memory.join(' ')}`)

    expect((memory.at(-1) ?? Number.NaN) - (memory[0] ?? Number.NaN)).toBeLessThan(GROWTH_MIB)
    expect(ratio).toBeLessThanOrEqual(SLOWER_AT_MOST)
  },
)

/** Calls one after the other; the p99 in milliseconds. */
async function callAsVictim(): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < CALLS; i++) {
    const headers = {
      'X-Original-Method': 'GET',
      'X-Original-URI': '/orders',
      'X-Forwarded-For': '203.0.113.7',
      ...accessHeaders(server.customer, 'GET', '/orders', Date.now()),
    }
    const startedAt = performance.now()
    const answer = await call(server, 'GET', '/authorize', { headers })
    times.push(performance.now() - startedAt)
    expect(answer.status, answer.text).toBe(200)
  }
  return percentile(times, 0.99)
}

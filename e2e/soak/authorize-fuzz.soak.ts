import { afterEach, expect, test } from 'vitest'
import { type AskedProcess, startAskedProcess } from '../support/asked-process.ts'
import { type FuzzedSource, fuzzAuthorize } from '../support/authorize-fuzz.ts'
import { createRandom } from '../support/random.ts'

/** Of each kind of proxy; in so many parts, after each of which the memory is looked at. */
const REQUESTS = 100_000
const PARTS = 10
/** The longest there may be: each question has a millisecond of its own, and more of them are asked than pass. */
const WINDOW_MS = 300_000
/** What the resident memory may grow by between the second part and the last, in MiB. */
const GROWTH_MIB = 32

let server: AskedProcess | undefined
afterEach(() => server?.close())

test.each<FuzzedSource>(['nginx', 'caddy'])(
  '100,000 mutated questions as %s asks: answers from the table, no fault, memory flat',
  { timeout: 30 * 60_000 },
  async (source) => {
    const random = createRandom()
    server = await startAskedProcess({ authorize: { source }, windowMs: WINDOW_MS })
    const { port, customer } = server
    const total: Record<string, number> = {}
    const memory: number[] = []
    for (let part = 0; part < PARTS; part++) {
      const counts = await fuzzAuthorize({ port, source, customer, random, requests: REQUESTS / PARTS })
      for (const [outcome, count] of Object.entries(counts)) total[outcome] = (total[outcome] ?? 0) + count
      memory.push(await server.residentMiB())
    }
    console.log(source, total, `resident MiB after each part: ${memory.join(' ')}`)

    expect(server.hasEnded()).toBe(false)
    expect(total['401 header_timestamp_expired'] ?? 0).toBeLessThan(REQUESTS / 100)
    expect(total.allowed).toBeGreaterThan(REQUESTS / 100)
    expect(Object.values(total).reduce((sum, count) => sum + count)).toBe(REQUESTS)
    expect((memory.at(-1) ?? Number.NaN) - (memory[1] ?? Number.NaN)).toBeLessThan(GROWTH_MIB)
  },
)

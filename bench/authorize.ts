/**
 * `npm run bench:authorize`: one data-plane thread of the real server, all steps on, in turn with a bare node:http server that
 * reads the same headers and calls `crypto.verify` itself; requests signed beforehand, sent from another processor.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sendAll } from './authorize/load.ts'
import { forwarded, type Signer } from './authorize/requests.ts'
import { pin, type ServedProcess, startServed } from './authorize/served-process.ts'
import { givenSigner } from './support/given-signer.ts'
import { machineFacts } from './support/machine.ts'
import { interleave, median, percentile } from './support/rounds.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 10)
const PARTS = [
  { connections: 32, requests: 5_000, target: 1.35, hasLatencyTarget: true },
  { connections: 1, requests: 1_500, target: 0.95, hasLatencyTarget: false },
]
/** As on a server that has run for a while: after so many requests in all, next to nothing is left to compile. */
const WARM_UP_REQUESTS = 50_000
/** One request in so many is an order, whose signature counts once only. */
const ORDER_EVERY = 5
const [SERVERS, SENDER] = [0, 1]

interface Figures {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMicroseconds: number
}

const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
try {
  console.log(machineFacts())
  pin(process.pid, SENDER)
  const { signer, databaseUrl, publicKeyPem } = await givenSigner(folder, '203.0.113.0/24')
  const servers = {
    countersign: await startServed(new URL('authorize/countersign.ts', import.meta.url), databaseUrl, SERVERS),
    bare: await startServed(new URL('authorize/bare.ts', import.meta.url), publicKeyPem, SERVERS),
  }
  for (const part of PARTS) await runPart(servers, signer, part)
  await Promise.all([servers.countersign.stop(), servers.bare.stop()])
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function runPart(
  servers: Readonly<Record<'countersign' | 'bare', ServedProcess>>,
  signer: Signer,
  { connections, requests, target, hasLatencyTarget }: (typeof PARTS)[number],
): Promise<void> {
  const warmUpRounds = Math.ceil(WARM_UP_REQUESTS / PARTS.length / requests)
  const nextRound = roundsOf(signer, requests, ROUNDS + warmUpRounds)
  const candidates = {
    countersign: () => measure(servers.countersign, nextRound('countersign'), connections),
    bare: () => measure(servers.bare, nextRound('bare'), connections),
  }
  const { countersign, bare } = await interleave(ROUNDS, candidates, warmUpRounds)
  const ratio = median(countersign.map((it, i) => it.requestsPerSecond / (bare[i]?.requestsPerSecond ?? Number.NaN)))
  const p99Ratio = median(countersign.map((it, i) => it.p99Ms / (bare[i]?.p99Ms ?? Number.NaN)))
  console.log(`\n${connections} connections, ${ROUNDS} rounds of ${requests} requests, medians:`)
  console.log('                requests/s   p50 ms   p99 ms   server CPU us/request')
  console.log(`  countersign   ${row(countersign)}`)
  console.log(`  bare server   ${row(bare)}`)
  console.log(`  requests per second: ${ratio.toFixed(2)} of the bare server's (target: ${target} at least)`)
  if (hasLatencyTarget) console.log(`  p99: ${p99Ratio.toFixed(2)} of the bare server's (target: 1.00 at most)`)
  if (ratio < target || (hasLatencyTarget && p99Ratio > 1)) process.exitCode = 1
}

async function measure(server: ServedProcess, requests: readonly Buffer[], connections: number): Promise<Figures> {
  const before = await server.cpuMicroseconds()
  const { requestsPerSecond, latenciesMs } = await sendAll(server.port, requests, connections)
  const cpuMicroseconds = ((await server.cpuMicroseconds()) - before) / requests.length
  return {
    requestsPerSecond,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    cpuMicroseconds,
  }
}

function row(figures: readonly Figures[]): string {
  const of = (name: keyof Figures, digits: number) => median(figures.map((it) => it[name])).toFixed(digits)
  return [
    of('requestsPerSecond', 0).padStart(10),
    of('p50Ms', 2).padStart(8),
    of('p99Ms', 2).padStart(8),
    of('cpuMicroseconds', 1).padStart(16),
  ].join(' ')
}

/**
 * Gives each server the same requests in the same round: distinct ones, and orders that no round had before. Reading
 * requests are sent again in later rounds, since their signatures are not remembered.
 */
function roundsOf(signer: Signer, requests: number, count: number): (server: string) => readonly Buffer[] {
  const orders = Math.floor(requests / ORDER_EVERY)
  // Ahead of the clock: signatures made before the server started count as used.
  let timestampMs = Date.now() + 60_000
  const sign = (method: 'GET' | 'POST', times: number) =>
    Array.from({ length: times }, () => forwarded(signer, method, timestampMs++))
  const reading = sign('GET', requests - orders)
  const rounds = Array.from({ length: count }, () => {
    const ordering = sign('POST', orders)
    return ordering.flatMap((order, i) => [order, ...reading.slice(i * (ORDER_EVERY - 1), (i + 1) * (ORDER_EVERY - 1))])
  })
  const sent = new Map<string, number>()
  return (server) => {
    const round = sent.get(server) ?? 0
    sent.set(server, round + 1)
    return rounds[round] ?? []
  }
}

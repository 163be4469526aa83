/**
 * `npm run bench:authorize`: processor time of one data-plane thread of the real server, all steps on, in turn with two servers that
 * read the same headers and verify, and do nothing else: node:http with `crypto.verify`, and Go's net/http with `rsa.VerifyPSS`.
 * Requests are signed beforehand and sent from another processor.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGo } from './authorize/go-process.ts'
import { sendAll } from './authorize/load.ts'
import type { Signer } from './authorize/requests.ts'
import { roundsOf } from './authorize/rounds-of.ts'
import { pin, type ServedProcess, startServed } from './authorize/served-process.ts'
import { givenSigner } from './support/given-signer.ts'
import { machineFacts } from './support/machine.ts'
import { interleave, median, percentile } from './support/rounds.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 10)
const PARTS = [
  { connections: 32, requests: 5_000 },
  { connections: 1, requests: 1_500 },
]
/** At most so much of a server's processor time a request, with 32 connections. */
const TARGETS = { bare: 1, go: 0.75 }
/** As on a server that has run for a while: after so many requests in all, next to nothing is left to compile. */
const WARM_UP_REQUESTS = 50_000
/** One request in so many is an order, whose signature counts once only. */
const ORDER_EVERY = 5
const [SERVERS, SENDER] = [0, 1]

const NAMES = {
  countersign: 'countersign',
  openssl: 'countersign, verify.rsa openssl',
  bare: 'bare node:http server',
  go: 'bare Go server',
} as const
type Name = keyof typeof NAMES
type Servers = Readonly<Partial<Record<Name, ServedProcess>>>

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
  const countersign = new URL('authorize/countersign.ts', import.meta.url)
  const go = await startGo(folder, publicKeyPem, SERVERS)
  const servers: Servers = {
    countersign: await startServed(countersign, [databaseUrl, 'node'], SERVERS),
    openssl: await startServed(countersign, [databaseUrl, 'openssl'], SERVERS),
    bare: await startServed(new URL('authorize/bare.ts', import.meta.url), [publicKeyPem], SERVERS),
    // All entries are measured: Go is no entry where it is not installed.
    ...(go && { go }),
  }
  if (!go) console.log('Go is not installed: its server is left out')
  for (const part of PARTS) await runPart(servers, signer, part)
  await Promise.all(Object.values(servers).map((server) => server.stop()))
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function runPart(
  servers: Servers,
  signer: Signer,
  { connections, requests }: (typeof PARTS)[number],
): Promise<void> {
  const warmUpRounds = Math.ceil(WARM_UP_REQUESTS / PARTS.length / requests)
  const nextRound = roundsOf(signer, requests, ROUNDS + warmUpRounds, ORDER_EVERY)
  const candidates = Object.entries(servers).map(
    ([name, server]) => [name, () => measure(server, nextRound(name), connections)] as const,
  )
  const measured = await interleave(ROUNDS, Object.fromEntries(candidates), warmUpRounds)
  console.log(`\n${connections} connections, ${ROUNDS} rounds of ${requests} requests, medians:`)
  console.log(`${''.padEnd(34)}requests/s   p50 ms   p99 ms   processor us/request`)
  for (const [name, figures] of Object.entries(measured))
    console.log(`  ${NAMES[name as Name].padEnd(32)}${row(figures)}`)
  for (const other of ['bare', 'go'] as const) {
    for (const ours of ['countersign', 'openssl'] as const) {
      const ratio = median(cpuRatios(measured[ours], measured[other]))
      if (Number.isNaN(ratio)) continue
      const hasTarget = connections === PARTS[0]?.connections && ours === 'countersign'
      const aim = hasTarget ? ` (target: ${TARGETS[other]} at most)` : ''
      console.log(`  processor time of ${NAMES[ours]}: ${ratio.toFixed(2)} of the ${NAMES[other]}${aim}`)
      if (hasTarget && ratio > TARGETS[other]) process.exitCode = 1
    }
  }
}

/** Of each round. */
function cpuRatios(ours: readonly Figures[] = [], others: readonly Figures[] = []): number[] {
  return ours.map((it, round) => it.cpuMicroseconds / (others[round]?.cpuMicroseconds ?? Number.NaN))
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
    of('cpuMicroseconds', 1).padStart(22),
  ].join(' ')
}

/**
 * `npm run bench:adapters`: Fastify and Express with our adapter, all steps on, in turn with the same servers that call
 * `crypto.verify` in a hook, and that verify a JWT (PS256) with jose; requests signed beforehand, sent from another processor.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signedRequests, tokenRequests } from './adapters/requests.ts'
import { CHECKS, type Check, type Setup } from './adapters/setup.ts'
import { sendAll } from './authorize/load.ts'
import { pin, type ServedProcess, startServed } from './authorize/served-process.ts'
import { givenSigner } from './support/given-signer.ts'
import { machineFacts } from './support/machine.ts'
import { interleave, median, percentile } from './support/rounds.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 8)
const CONNECTIONS = 32
const REQUESTS = 3_000
/** As on a server that has run for a while: next to nothing is left to compile. */
const WARM_UP_ROUNDS = Number(process.env.WARM_UP_ROUNDS ?? 12)
/** At most so much of the processor time of a verification in a hook. */
const TARGET = 0.9
const [SERVERS, SENDER] = [0, 1]

interface Figures {
  readonly requestsPerSecond: number
  readonly p99Ms: number
  readonly cpuMicroseconds: number
}

const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
try {
  console.log(machineFacts())
  pin(process.pid, SENDER)
  const given = await givenSigner(folder, '127.0.0.0/8')
  for (const framework of ['fastify', 'express']) {
    const signed = signedRequests(given.signer, REQUESTS, ROUNDS + WARM_UP_ROUNDS)
    const tokens = tokenRequests(given.signer, REQUESTS)
    const servers = {} as Record<Check, ServedProcess>
    for (const check of CHECKS) {
      const setup: Setup = { check, databaseUrl: given.databaseUrl, publicKeyPem: given.publicKeyPem }
      servers[check] = await startServed(
        new URL(`adapters/${framework}.ts`, import.meta.url),
        [JSON.stringify(setup)],
        SERVERS,
      )
    }
    const measured = await interleave(
      ROUNDS,
      {
        gate: () => measure(servers.gate, signed('gate')),
        verify: () => measure(servers.verify, signed('verify')),
        jose: () => measure(servers.jose, tokens),
      },
      WARM_UP_ROUNDS,
    )
    report(framework, measured)
    await Promise.all(CHECKS.map((check) => servers[check].stop()))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measure(server: ServedProcess, requests: readonly Buffer[]): Promise<Figures> {
  const before = await server.cpuMicroseconds()
  const { requestsPerSecond, latenciesMs } = await sendAll(server.port, requests, CONNECTIONS)
  const cpuMicroseconds = ((await server.cpuMicroseconds()) - before) / requests.length
  return { requestsPerSecond, p99Ms: percentile(latenciesMs, 0.99), cpuMicroseconds }
}

function report(framework: string, measured: Readonly<Record<Check, readonly Figures[]>>): void {
  console.log(`\n${framework}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${REQUESTS} requests, medians:`)
  console.log('                              requests/s   p99 ms   server CPU us/request')
  console.log(`  our adapter, all steps      ${row(measured.gate)}`)
  console.log(`  crypto.verify in a hook     ${row(measured.verify)}`)
  console.log(`  jose jwtVerify, PS256       ${row(measured.jose)}`)
  for (const other of ['verify', 'jose'] as const) {
    const ratio = median(
      measured.gate.map((it, i) => it.cpuMicroseconds / (measured[other][i]?.cpuMicroseconds ?? Number.NaN)),
    )
    const aim = other === 'verify' ? ` (target: ${TARGET} at most)` : ''
    console.log(`  processor time: ${ratio.toFixed(2)} of ${other}${aim}`)
    if (other === 'verify' && !(ratio <= TARGET)) process.exitCode = 1
  }
}

function row(figures: readonly Figures[]): string {
  const of = (name: keyof Figures, digits: number) => median(figures.map((it) => it[name])).toFixed(digits)
  return [
    of('requestsPerSecond', 0).padStart(10),
    of('p99Ms', 2).padStart(8),
    of('cpuMicroseconds', 1).padStart(16),
  ].join(' ')
}

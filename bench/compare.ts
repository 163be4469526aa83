/**
 * `npm run bench:compare -- FOLDER`: this checkout beside another one (an older state, or one without a trick), in one interleaved run:
 * `/authorize` with 32 connections, and decisions of a gate in this process. The folder has its packages installed.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sendAll } from './authorize/load.ts'
import { forwarded } from './authorize/requests.ts'
import { pin, startServed } from './authorize/served-process.ts'
import { machineFacts } from './support/machine.ts'
import { interleave, median } from './support/rounds.ts'

const [other] = process.argv.slice(2)
if (!other) throw new Error('name the folder of the other checkout')
const BENCHES = { here: import.meta.url, there: pathToFileURL(`${resolve(other)}/bench/compare.ts`).href }
const VERIFY_RSA = process.env.VERIFY_RSA === 'node' ? 'node' : 'openssl'
const ROUNDS = Number(process.env.ROUNDS ?? 20)
const [SERVERS, SENDER] = [0, 1]
const [CONNECTIONS, REQUESTS, WARM_UP_ROUNDS] = [32, 5_000, 6]
const [IN_FLIGHT, DECISIONS, GATE_ROUNDS, GATE_WARM_UP_ROUNDS] = [32, 96, 100, 100]

console.log(machineFacts())
pin(process.pid, SENDER)
const folder = await mkdtemp(join(tmpdir(), 'countersign-compare-'))
try {
  await compareServers()
  await compareGates()
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function compareServers(): Promise<void> {
  const [here, there] = [await startCandidate('here'), await startCandidate('there')]
  const measured = await interleave(ROUNDS, { here: here.measure, there: there.measure }, WARM_UP_ROUNDS)
  report(`/authorize, ${CONNECTIONS} connections, verify.rsa ${VERIFY_RSA}: processor us a request`, measured)
  await Promise.all([here.stop(), there.stop()])
}

/** The server of a checkout with one data-plane thread, on a database of its own. */
async function startCandidate(name: keyof typeof BENCHES) {
  const { givenSigner } = (await import(
    new URL('support/given-signer.ts', BENCHES[name]).href
  )) as typeof import('./support/given-signer.ts')
  await mkdir(join(folder, name))
  const { signer, databaseUrl } = await givenSigner(join(folder, name), '203.0.113.0/24')
  const program = new URL('authorize/countersign.ts', BENCHES[name])
  const server = await startServed(program, [databaseUrl, VERIFY_RSA], SERVERS)
  // Signatures of reading requests are not remembered: they are sent again.
  const requests = Array.from({ length: REQUESTS }, (_, i) => forwarded(signer, 'GET', Date.now() + 60_000 + i))
  return {
    stop: server.stop,
    async measure(): Promise<number> {
      const before = await server.cpuMicroseconds()
      await sendAll(server.port, requests, CONNECTIONS)
      return ((await server.cpuMicroseconds()) - before) / REQUESTS
    },
  }
}

async function compareGates(): Promise<void> {
  const measured = await interleave(
    GATE_ROUNDS,
    { here: await gateOf('here'), there: await gateOf('there') },
    GATE_WARM_UP_ROUNDS,
  )
  report(`decisions of a gate, ${IN_FLIGHT} in flight, verify.rsa ${VERIFY_RSA}: processor us a decision`, measured)
}

/** Decides a batch that was not decided before, by the gate of a checkout. */
async function gateOf(name: keyof typeof BENCHES): Promise<() => Promise<number>> {
  const kind = 'access-headers rsa'
  const from = (file: string) => import(new URL(`gate/${file}`, BENCHES[name]).href)
  const { newSigner, signRequests } = (await from('requests.ts')) as typeof import('./gate/requests.ts')
  const { createBenchGate, decideAll } = (await from('bench-gate.ts')) as typeof import('./gate/bench-gate.ts')
  const signer = await newSigner(kind, VERIFY_RSA)
  const batches = await Promise.all(
    Array.from({ length: GATE_ROUNDS + GATE_WARM_UP_ROUNDS }, () => signRequests(kind, signer, DECISIONS)),
  )
  const gate = createBenchGate(kind, signer)
  return async () => {
    const before = process.cpuUsage()
    await decideAll(gate, batches.pop() ?? [], IN_FLIGHT)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / DECISIONS
  }
}

function report(what: string, { here, there }: Readonly<Record<'here' | 'there', readonly number[]>>): void {
  const ratio = median(here.map((value, round) => value / (there[round] ?? Number.NaN)))
  console.log(`\n${what}`)
  console.log(`  here ${median(here).toFixed(2)}, there ${median(there).toFixed(2)}, here/there ${ratio.toFixed(3)}`)
}

/** `npm run bench:gate`: decisions of a gate in this process, everything on, beside nothing but their cryptography. */

import { verifyBare } from './gate/bare.ts'
import { createBenchGate, decideAll } from './gate/bench-gate.ts'
import { claimBytes } from './gate/claim-bytes.ts'
import { KINDS, type Kind, newSigner, signRequests } from './gate/requests.ts'
import { machineFacts } from './support/machine.ts'
import { interleave, median } from './support/rounds.ts'

const ROUNDS = 30
const PER_ROUND = 250
const IN_FLIGHT = 32

/** At most so many times the cost of the bare cryptography (issues 3 and 4). */
const TARGETS: Readonly<Record<Kind, { readonly inFlight: number; readonly sequential: number }>> = {
  'access-headers rsa': { inFlight: 1.15, sequential: 1.3 },
  'http-message-signatures rsa': { inFlight: 1.25, sequential: Number.POSITIVE_INFINITY },
  'http-message-signatures ed25519': { inFlight: 1.25, sequential: Number.POSITIVE_INFINITY },
}

console.log(machineFacts())
console.log(`${ROUNDS} rounds of ${PER_ROUND} distinct signed POSTs; medians, processor time; ratios within each round`)
for (const kind of KINDS) await measureKind(kind)
console.log(`a claim in memory: ${claimBytes(500_000).toFixed(0)} bytes, with 500,000 of them`)

async function measureKind(kind: Kind): Promise<void> {
  const signer = await newSigner(kind)
  const [inFlightGate, sequentialGate] = [createBenchGate(kind, signer), createBenchGate(kind, signer)]
  const requests = await signRequests(kind, signer, PER_ROUND * (ROUNDS + 1))
  const next = { bare: 0, inFlight: 0, sequential: 0 }
  const take = (name: keyof typeof next) => {
    next[name] += PER_ROUND
    return requests.slice(next[name] - PER_ROUND, next[name])
  }
  const { bare, inFlight, sequential } = await interleave(ROUNDS, {
    bare: () => measure(take('bare'), (batch) => verifyBare(kind, signer, batch)),
    inFlight: () => measure(take('inFlight'), (batch) => decideAll(inFlightGate, batch, IN_FLIGHT)),
    sequential: () => measure(take('sequential'), (batch) => decideAll(sequentialGate, batch, 1)),
  })
  const ratioOf = (values: readonly number[]) => median(values.map((value, i) => value / (bare[i] ?? Number.NaN)))
  console.log(`\n${kind}`)
  console.log(`bare crypto.verify   ${median(bare).toFixed(1)} us`)
  report(`gate, ${IN_FLIGHT} in flight`, inFlight, ratioOf(inFlight), TARGETS[kind].inFlight)
  report('gate, one by one', sequential, ratioOf(sequential), TARGETS[kind].sequential)
}

function report(name: string, values: readonly number[], ratio: number, target: number): void {
  const told = Number.isFinite(target) ? ` (target: ${target} at most)` : ''
  console.log(`${name.padEnd(20)} ${median(values).toFixed(1)} us, ${ratio.toFixed(3)} of the bare${told}`)
  if (ratio > target) process.exitCode = 1
}

/** Microseconds of processor time a request: what other programs do meanwhile is not in it. */
async function measure<Item>(batch: readonly Item[], work: (batch: readonly Item[]) => unknown): Promise<number> {
  const before = process.threadCpuUsage()
  await work(batch)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / batch.length
}

/** `npm run bench:gate`: decisions of a gate in this process, everything on, beside nothing but their cryptography. */

import { verifyBare } from './gate/bare.ts'
import { createBenchGate, decideAll } from './gate/bench-gate.ts'
import { claimBytes } from './gate/claim-bytes.ts'
import { KINDS, type Kind, newSigner, type SignedHeaders, type Signer, signRequests } from './gate/requests.ts'
import { machineFacts } from './support/machine.ts'
import { interleave, median, percentile } from './support/rounds.ts'

/** Short rounds and many of them: most pass between two interruptions by whatever else runs. */
const ROUNDS = 120
const PER_ROUND = 96
const IN_FLIGHT = 32
const WARM_UP_ROUNDS = 100
const QUICK = 0.1

/** At most so many times the cost of the bare cryptography, in flight. */
const TARGET = 1.1

console.log(machineFacts())
console.log(
  `${ROUNDS} rounds of ${PER_ROUND} distinct signed POSTs; medians of the rounds, and of the ratios in each round; in brackets the quickest tenth`,
)
for (const kind of KINDS) await measureKind(kind)
console.log(`a claim in memory: ${claimBytes(500_000).toFixed(0)} bytes, with 500,000 of them`)

async function measureKind(kind: Kind): Promise<void> {
  const signer = await newSigner(kind)
  const [inFlightGate, sequentialGate] = [createBenchGate(kind, signer), createBenchGate(kind, signer)]
  const requests = await signRequests(kind, signer, PER_ROUND * (ROUNDS + 1))
  const next = { bare: 0, inFlight: 0, sequential: 0 }
  await warmUp(kind, signer, requests.slice(0, PER_ROUND))
  const take = (name: keyof typeof next) => {
    next[name] += PER_ROUND
    return requests.slice(next[name] - PER_ROUND, next[name])
  }
  const { bare, inFlight, sequential } = await interleave(ROUNDS, {
    bare: () => measure(take('bare'), (batch) => verifyBare(kind, signer, batch)),
    inFlight: () => measure(take('inFlight'), (batch) => decideAll(inFlightGate, batch, IN_FLIGHT)),
    sequential: () => measure(take('sequential'), (batch) => decideAll(sequentialGate, batch, 1)),
  })
  console.log(`\n${kind}`)
  console.log(`bare crypto.verify   ${told(bare)}`)
  report(`gate, ${IN_FLIGHT} in flight`, inFlight, bare, TARGET)
  report('gate, one by one', sequential, bare)
}

/** What is measured is a server that has run for a while, with all its code compiled. */
async function warmUp(kind: Kind, signer: Signer, batch: readonly SignedHeaders[]): Promise<void> {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    verifyBare(kind, signer, batch)
    await decideAll(createBenchGate(kind, signer), batch, IN_FLIGHT)
    await decideAll(createBenchGate(kind, signer), batch, 1)
  }
}

function report(
  name: string,
  values: readonly number[],
  bare: readonly number[],
  target = Number.POSITIVE_INFINITY,
): void {
  const ratio = median(values.map((value, round) => value / (bare[round] ?? Number.NaN)))
  const quickest = percentile(values, QUICK) / percentile(bare, QUICK)
  const aim = Number.isFinite(target) ? `; target: ${target} at most` : ''
  console.log(`${name.padEnd(20)} ${told(values)}, ${ratio.toFixed(3)} (${quickest.toFixed(3)}) of the bare${aim}`)
  if (ratio > target) process.exitCode = 1
}

function told(values: readonly number[]): string {
  return `${median(values).toFixed(1)} (${percentile(values, QUICK).toFixed(1)}) us`
}

/** Microseconds a request. */
async function measure<Item>(batch: readonly Item[], work: (batch: readonly Item[]) => unknown): Promise<number> {
  const start = performance.now()
  await work(batch)
  return ((performance.now() - start) * 1_000) / batch.length
}

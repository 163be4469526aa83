/**
 * `npm run bench:message-signatures`: verifying one RFC 9421 request, beside nothing but its cryptography and beside two
 * packages for the same.
 */

import { verifyBare } from './gate/bare.ts'
import { createBenchGate, decideAll } from './gate/bench-gate.ts'
import { type Kind, newSigner, signRequests } from './gate/requests.ts'
import { createHttpMessageSignatures, createWebBotAuth, verifyByProtocol } from './message-signatures/verifiers.ts'
import { machineFacts } from './support/machine.ts'
import { interleave, median, percentile } from './support/rounds.ts'

const ROUNDS = 80
const PER_ROUND = 48
const WARM_UP_ROUNDS = 100
const QUICK = 0.1
const TARGET = 1.25

console.log(machineFacts())
console.log(
  `${ROUNDS} rounds of ${PER_ROUND} signed POSTs; medians of the rounds, and of the ratios in each; in brackets the quickest tenth`,
)
await measureKind('http-message-signatures rsa')
await measureKind('http-message-signatures ed25519')

async function measureKind(kind: Kind): Promise<void> {
  const signer = await newSigner(kind)
  const batch = await signRequests(kind, signer, PER_ROUND)
  const verifiers = {
    bare: () => verifyBare(kind, signer, batch),
    'this protocol': () => verifyByProtocol(signer, batch),
    'this gate, 32 in flight': () => decideAll(createBenchGate(kind, signer), batch, 32),
    'http-message-signatures': createHttpMessageSignatures(kind, signer, batch),
    'web-bot-auth': createWebBotAuth(kind, signer, batch),
  }
  for (const verify of Object.values(verifiers)) {
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await verify()
  }
  const timed = Object.fromEntries(Object.entries(verifiers).map(([name, verify]) => [name, () => measure(verify)]))
  const measured = await interleave(ROUNDS, timed)
  const { bare = [] } = measured
  console.log(`\n${kind}`)
  for (const [name, values] of Object.entries(measured)) {
    const ratio = median(values.map((value, round) => value / (bare[round] ?? Number.NaN)))
    const quickest = percentile(values, QUICK) / percentile(bare, QUICK)
    console.log(
      `${name.padEnd(24)} ${median(values).toFixed(1)} (${percentile(values, QUICK).toFixed(1)}) us, ` +
        `${ratio.toFixed(3)} (${quickest.toFixed(3)}) of the bare`,
    )
    if (name === 'this protocol' && ratio > TARGET) {
      console.log(`the target is ${TARGET} at most`)
      process.exitCode = 1
    }
  }
}

/** Microseconds a request. */
async function measure(verify: () => unknown): Promise<number> {
  const start = performance.now()
  await verify()
  return ((performance.now() - start) * 1_000) / PER_ROUND
}

/** `npm run soak:gate`: a million mutated requests against a gate in this process; no fault, and memory flat. */
import { fuzzGate } from '../packages/gate/test/fuzz.ts'
import { machineFacts } from './support/machine.ts'

const REQUESTS = Number(process.argv[2] ?? 1_000_000)
const SEED = Number(process.argv[3] ?? Date.now() % 2 ** 31)
const MEASURE_EVERY = 50_000
/** Caches, claims and budgets are as full as they get after this part. */
const WARM_UP_PART = 0.2
const MAX_GROWTH_BYTES = 8 * 2 ** 20

const { gc } = globalThis
if (!gc) throw new Error('run it with --expose-gc: npm run soak:gate')

console.log(machineFacts())
console.log(`${REQUESTS} mutated requests, seed ${SEED}`)
const started = performance.now()
const heaps: { readonly done: number; readonly bytes: number }[] = []
const { allowed, refusals, faults } = await fuzzGate({
  requests: REQUESTS,
  seed: SEED,
  onBatch: (done) => {
    if (done % MEASURE_EVERY !== 0 && done !== REQUESTS) return
    gc()
    heaps.push({ done, bytes: process.memoryUsage().heapUsed })
    console.log(`${done} done, heap ${megabytes(heaps.at(-1)?.bytes ?? 0)} MB`)
  },
})
const warm = heaps.filter(({ done }) => done >= REQUESTS * WARM_UP_PART)
const growth = (warm.at(-1)?.bytes ?? 0) - (warm[0]?.bytes ?? 0)

console.log(`allowed ${allowed}`)
for (const [name, count] of [...refusals].sort(([, a], [, b]) => b - a)) console.log(`${name} ${count}`)
console.log(`heap growth after the warm-up: ${megabytes(growth)} MB (at most ${megabytes(MAX_GROWTH_BYTES)})`)
console.log(`${faults.length} faults, ${Math.round((performance.now() - started) / 1_000)} s`)
for (const fault of faults) console.log(fault)
if (faults.length > 0 || growth > MAX_GROWTH_BYTES) process.exitCode = 1

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}

/** `npm run bench:ed25519`: one Ed25519 verification by libsodium and by node:crypto, in turn. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { loadNativeVerify } from '@countersign/native-verify'
import { ALGORITHMS, importVerifyingKey, parseSpki, type VerifyingKey } from '@countersign/protocol'
import { machineFacts } from './support/machine.ts'
import { interleave, median } from './support/rounds.ts'

const ROUNDS = 40
const VERIFICATIONS = 250
const TARGET = 1.8

const native = loadNativeVerify()
if (native.ed25519 !== 'libsodium') throw new Error('libsodium cannot be used on this machine')
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const key = parseSpki(publicKey.export({ type: 'spki', format: 'der' }))
if ('problem' in key) throw new Error(key.message)
const signed = Array.from({ length: VERIFICATIONS }, (_, i) => {
  const data = Buffer.from(`${1_703_123_456_789 + i}GET/trade-api/v2/portfolio/balance`)
  return { data, signature: sign(null, data, privateKey) }
})

/** Microseconds of processor time that one verification takes: what other programs do meanwhile is not in it. */
function measure(verifying: VerifyingKey): number {
  const before = process.threadCpuUsage()
  for (const { data, signature } of signed) {
    if (!verifying.verify(ALGORITHMS.ed25519, data, signature)) throw new Error('a correct signature was refused')
  }
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / VERIFICATIONS
}

const [bySodium, byNode] = [await native.importKey(key), await importVerifyingKey(key)]
const { sodium, node } = await interleave(ROUNDS, { sodium: () => measure(bySodium), node: () => measure(byNode) })
const ratio = median(node.map((microseconds, round) => microseconds / (sodium[round] ?? Number.NaN)))

console.log(machineFacts())
console.log(`${ROUNDS} rounds of ${VERIFICATIONS} verifications each; medians, processor time`)
console.log(`node:crypto  ${median(node).toFixed(1)} us`)
console.log(`libsodium    ${median(sodium).toFixed(1)} us`)
console.log(`libsodium is ${ratio.toFixed(2)} times as fast (target: ${TARGET} at least)`)
if (ratio < TARGET) process.exitCode = 1

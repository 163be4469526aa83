import { randomBytes, randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createMemoryAdmission } from '@countersign/gate'

/** Bytes of heap that a claim takes in an admission in memory, when so many are remembered. */
export function claimBytes(claims: number): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const nowMs = Date.now()
  const admission = createMemoryAdmission({ maxClaims: claims * 2 })
  const keyIds = Array.from({ length: 1_000 }, () => randomUUID())
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < claims; i++) {
    const key = `${keyIds[i % keyIds.length]} ${randomBytes(24).toString('base64')}`
    const claim = { key, signedAtMs: nowMs, untilMs: nowMs + 65_000 + (i % 60_000) }
    admission.admit({ accountId: `account ${i % 100}`, claim, charges: [] })
  }
  collect()
  if (admission.claims !== claims) throw new Error('claims were not remembered')
  return (process.memoryUsage().heapUsed - before) / claims
}

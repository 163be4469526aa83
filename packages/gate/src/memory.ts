import { type Outcome, outcomeOf } from './outcome.ts'
import type { DecisionSink, KeyRecord, KeySource } from './ports.ts'

/** A KeySource in memory, for tests and for providers that keep their keys in a file. */
export interface MemoryKeySource extends KeySource {
  put(record: KeyRecord): void
  delete(keyId: string): void
}

/** An empty KeySource in memory. */
export function createMemoryKeySource(): MemoryKeySource {
  const records = new Map<string, KeyRecord>()
  return {
    find: (keyId) => records.get(keyId),
    put: (record) => void records.set(record.keyId, record),
    delete: (keyId) => void records.delete(keyId),
  }
}

/** A DecisionSink in memory: how many requests of each key had which outcome since it was made. */
export interface MemoryDecisionSink extends DecisionSink {
  /** The counts of a key; all zero if it sent nothing that provably was its own. */
  countsOf(keyId: string): Readonly<Record<Outcome, number>>
}

const NO_DECISIONS: Readonly<Record<Outcome, number>> = { allowed: 0, refused: 0, limited: 0, fault: 0 }

/** A DecisionSink in memory, for one process. It grows with the number of keys. */
export function createMemoryDecisionSink(): MemoryDecisionSink {
  const counts = new Map<string, Record<Outcome, number>>()
  return {
    decided(decision) {
      const keyId = 'allowed' in decision ? decision.allowed?.keyId : decision.provenKeyId
      if (keyId === undefined) return
      const ofKey = counts.get(keyId) ?? { ...NO_DECISIONS }
      ofKey[outcomeOf(decision)]++
      counts.set(keyId, ofKey)
    },
    countsOf: (keyId) => ({ ...NO_DECISIONS, ...counts.get(keyId) }),
  }
}

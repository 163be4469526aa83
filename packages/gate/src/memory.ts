import type { KeyRecord, KeySource } from './ports.ts'

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

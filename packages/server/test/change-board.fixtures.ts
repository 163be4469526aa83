/** A thread of a test: finds one key over and over, and watches that it never finds one older than was announced. */
import { parentPort, workerData } from 'node:worker_threads'
import { createKeyCache, type KeyRecord } from '@countersign/gate'
import { type ChangeBoardSeat, readChangeBoard } from '../src/keys/change-board.ts'

/** What a thread is to watch. */
export interface Watching {
  readonly seat: ChangeBoardSeat
  readonly keyId: string
  /** The numbers of {@link SHARED}, which all threads see. */
  readonly shared: SharedArrayBuffer
}

/** What it saw. */
export interface Watched {
  /** Finds of an older version than was announced before they began. */
  readonly stale: number
  /** Different versions that it found. */
  readonly versions: number
}

/** Where all threads see: the key's version in its store, the one that was announced, whether to end, and all finds so far. */
export const SHARED = { stored: 0, announced: 1, ended: 2, finds: 3 } as const

if (parentPort) {
  const watching = workerData as Watching
  watch(watching).then((watched) => parentPort?.postMessage(watched))
}

async function watch({ seat, keyId, shared }: Watching): Promise<Watched> {
  const numbers = new Int32Array(shared)
  const catchUp = readChangeBoard(seat)
  const cache = createKeyCache({ load: async () => versionOf(Atomics.load(numbers, SHARED.stored), keyId) })
  cache.freshAsOf(Number.MAX_SAFE_INTEGER)
  const versions = new Set<number>()
  let stale = 0
  while (Atomics.load(numbers, SHARED.ended) === 0) {
    const announced = Atomics.load(numbers, SHARED.announced)
    catchUp(cache)
    const found = await cache.find(keyId)
    const version = typeof found === 'object' ? Number(found.tier) : -1
    versions.add(version)
    if (version < announced) stale++
    Atomics.add(numbers, SHARED.finds, 1)
  }
  seat.port.close()
  return { stale, versions: versions.size }
}

/** A record that carries a version where the tier would be. */
function versionOf(version: number, keyId: string): KeyRecord {
  return {
    keyId,
    accountId: 'a',
    key: { type: 'ed25519', spki: new Uint8Array(), bits: 256, signatureBytes: 64, verify: () => false },
    scopes: [],
    state: 'active',
    accountSuspended: false,
    tier: `${version}`,
  }
}

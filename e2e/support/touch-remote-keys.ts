import { randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Database, openDatabase } from '../../packages/server/src/storage/database.ts'
import { appendKeyChange } from '../../packages/server/src/storage/key-changes.ts'
import { migrate } from '../../packages/server/src/storage/migrate.ts'
import { inTransaction } from '../../packages/server/src/storage/transaction.ts'
import { freshDatabase } from '../../packages/server/test/fresh-database.ts'
import { givenCustomer, givenKey } from './given-key.ts'
import { givenGateKey, openRemoteGate } from './remote-gate.ts'
import { startServerProcess } from './server-process.ts'

/** What to touch. */
export interface TouchOptions {
  readonly keys: number
  /** Keys that the cache holds. */
  readonly held: number
  readonly touches: number
}

/** What came of it. */
export interface Touched {
  /** Part of the touches that no look-up was sent for. */
  readonly hitRatio: number
  /** Touches that found something else than their key. */
  readonly wrong: number
  /** Bytes of this process's heap after garbage collection: before, half-way, at the end. */
  readonly heap: readonly [number, number, number]
  readonly seconds: number
}

const CONCURRENT = 32

/** Touches keys of a control plane in a process of its own, each drawn at random from all of them. */
export async function touchRemoteKeys({ keys, held, touches }: TouchOptions): Promise<Touched> {
  const files = await freshDatabase('sqlite')
  const database = await openDatabase(files.url)
  await migrate(database, Date.now())
  const reader = await givenGateKey(database)
  const ids = await givenManyKeys(database, keys)
  const server = await startServerProcess({ databaseUrl: files.url })
  const gate = openRemoteGate({ url: server.url, ...reader, maxKeys: held })
  let wrong = 0
  const touchSome = async (count: number) => {
    let left = count
    const touch = async () => {
      while (left-- > 0) {
        const keyId = ids[Math.floor(Math.random() * ids.length)] ?? ''
        const found = await gate.keys.find(keyId)
        if (typeof found !== 'object' || found.keyId !== keyId) wrong++
      }
    }
    await Promise.all(Array.from({ length: CONCURRENT }, touch))
    return heapBytes()
  }
  try {
    const startedMs = performance.now()
    const before = heapBytes()
    const heap = [before, await touchSome(Math.ceil(touches / 2)), await touchSome(Math.floor(touches / 2))] as const
    const seconds = (performance.now() - startedMs) / 1000
    return { hitRatio: 1 - gate.sent.lookUps / touches, wrong, heap, seconds }
  } finally {
    await gate.keys.close()
    server.kill()
    await server.ended
    await database.close()
    await files.remove()
  }
}

/** One key under many ids, its public key too: the server does not mind. */
async function givenManyKeys(database: Database, count: number): Promise<string[]> {
  const { keyId, accountId } = await givenKey(database, await givenCustomer(database, 'Many'))
  const row = await database.kysely.selectFrom('api_keys').selectAll().where('id', '=', keyId).executeTakeFirstOrThrow()
  const ids = Array.from({ length: count }, () => randomUUID())
  await inTransaction(database, async (trx) => {
    for (let i = 0; i < count; i += ROWS_AT_ONCE) {
      const rows = ids.slice(i, i + ROWS_AT_ONCE).map((id) => ({ ...row, id, fingerprint: id }))
      await trx.insertInto('api_keys').values(rows).execute()
    }
    appendKeyChange(trx, { accountId, changedAt: Date.now() })
  })
  return ids
}

const ROWS_AT_ONCE = 500

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  return process.memoryUsage().heapUsed
}

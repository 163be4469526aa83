import type { Logger } from 'pino'
import type { Database } from '../storage/database.ts'
import { addRefusals, CLAIMED, pruneRefusals, readRefusals } from '../storage/refusals.ts'
import type { RefusalsTable } from '../storage/schema.ts'
import { inTransaction } from '../storage/transaction.ts'
import { MAX_CLAIMED, MAX_OF_KEY } from './limits.ts'
import type { RememberedRefusal } from './remembered-refusal.ts'
import { WaitingRefusals } from './waiting-refusals.ts'

/** The one writer of refusals in a process. It takes those of all threads and writes them; no answer waits for it. */
export interface RefusalWriter {
  add(refusals: readonly RememberedRefusal[]): void
  /** Those that are not yet written: of a key; without a key, those that do not prove their sender. */
  waiting(keyId: string | undefined): readonly RememberedRefusal[]
  /** Those in the database, newest first. */
  written(keyId: string | undefined): Promise<readonly RememberedRefusal[]>
  /** Writes what waits, and ends. */
  close(): Promise<void>
}

/** Options of a writer. */
export interface RefusalWriterOptions {
  readonly database: Database
  readonly log: Logger
  readonly now: () => number
}

/** How long the first refusal waits for others, in milliseconds. */
const WRITE_AFTER_MS = 500

/** Time until a failed write is tried again, in milliseconds. */
const TRY_AGAIN_AFTER_MS = 5_000

const CAPACITY = { ofKey: MAX_OF_KEY, claimed: MAX_CLAIMED }

const PRUNE_EVERY_MS = 600_000

/** A writer. It deletes old refusals at once and every ten minutes. */
export function createRefusalWriter({ database, log, now }: RefusalWriterOptions): RefusalWriter {
  let waiting = new WaitingRefusals()
  let underWay: readonly RememberedRefusal[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let isFailing = false
  let isClosed = false

  function writeAfter(ms: number): void {
    timer ??= setTimeout(() => {
      timer = undefined
      writing = writing.then(write)
    }, ms).unref()
  }

  async function write(): Promise<void> {
    underWay = waiting.take()
    if (underWay.length === 0) return
    try {
      await inTransaction(database, (trx) => addRefusals(trx, underWay.map(toRow), CAPACITY))
      if (isFailing) log.info('refusals are written again')
      isFailing = false
    } catch (fault) {
      if (!isFailing) log.warn({ err: fault }, 'refusals cannot be written; they wait, as far as there is room')
      isFailing = true
      const newer = waiting.take()
      waiting = new WaitingRefusals()
      for (const refusal of [...underWay, ...newer]) waiting.add(refusal)
      if (!isClosed) writeAfter(TRY_AGAIN_AFTER_MS)
    }
    underWay = []
  }

  const pruning = startPruning({ database, log, now })

  return {
    add(refusals) {
      for (const refusal of refusals) waiting.add(refusal)
      if (refusals.length > 0 && !isClosed) writeAfter(WRITE_AFTER_MS)
    },
    waiting: (keyId) => [...underWay.filter((it) => it.keyId === keyId), ...waiting.of(keyId)],
    async written(keyId) {
      const rows = await readRefusals(database.kysely, keyId ?? CLAIMED, keyId === undefined ? MAX_CLAIMED : MAX_OF_KEY)
      return rows.map(toRefusal)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await Promise.all([writing.then(write), pruning.close()])
    },
  }
}

/** Deletes old refusals in portions, until it is closed. */
function startPruning({ database, log, now }: RefusalWriterOptions) {
  let isClosed = false

  async function prune(): Promise<void> {
    try {
      while (!isClosed && (await inTransaction(database, (trx) => pruneRefusals(trx, now()))));
    } catch (fault) {
      log.warn({ err: fault }, 'old refusals could not be deleted; tried again in ten minutes')
    }
  }

  let pruning = prune()
  const pruner = setInterval(() => {
    pruning = pruning.then(prune)
  }, PRUNE_EVERY_MS).unref()
  return {
    async close() {
      isClosed = true
      clearInterval(pruner)
      await pruning
    },
  }
}

function toRow({ id, keyId, at, ...body }: RememberedRefusal): RefusalsTable {
  return { id, key_id: keyId ?? CLAIMED, at, body: JSON.stringify(body) }
}

function toRefusal({ id, key_id: keyId, at, body }: RefusalsTable): RememberedRefusal {
  return { ...JSON.parse(body), id, at, keyId: keyId === CLAIMED ? undefined : keyId }
}

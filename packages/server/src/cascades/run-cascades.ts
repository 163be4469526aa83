import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { cascadeStep, type WokenHolder } from '../actions/cascade-step.ts'
import type { ActionContext } from '../actions/context.ts'
import { type Cascade, pruneCascadeKeys, releaseCascades, setCascadeTotal, takeCascade } from '../storage/cascades.ts'
import { deleteInPortions } from '../storage/delete-in-portions.ts'
import { countLineage } from '../storage/lineage.ts'
import { inTransaction } from '../storage/transaction.ts'

/** Continues cascades until it is closed: those that this process began, and those of processes that ended. */
export interface CascadeRunner extends WokenHolder {
  /** Ends after the running step, and lets other processes continue. */
  close(): Promise<void>
}

/** Options of a runner. */
export interface CascadeRunnerOptions {
  readonly context: ActionContext
  readonly log: Logger
  /** Between two looks for cascades of other processes, in milliseconds; 2 000 by default. */
  readonly lookEveryMs?: number
  /** 500 by default. */
  readonly keysAtOnce?: number
}

/** How long other work gets after a step, as a part of the step's own time. */
const REST = 0.25

/** Starts to look for cascades. */
export function runCascades(options: CascadeRunnerOptions): CascadeRunner {
  const { context, log, lookEveryMs = 2_000, keysAtOnce = 500 } = options
  const { database, now } = context
  const holder = randomUUID()
  const closing = new AbortController()
  const { signal } = closing
  let woken = Promise.withResolvers<void>()

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        const cascade = await inTransaction(database, (trx) => takeCascade(trx, holder, now()))
        if (cascade) await finish(cascade)
        else await Promise.race([woken.promise, pause(lookEveryMs)])
      } catch (fault) {
        if (signal.aborted) return
        log.warn({ err: fault }, 'a revocation with cascade waits for the database; tried again soon')
        await pause(lookEveryMs)
      }
      woken = Promise.withResolvers()
    }
  }

  async function finish(cascade: Cascade): Promise<void> {
    const { rootKeyId } = cascade
    log.info({ keyId: rootKeyId }, 'the keys that this key made are being revoked')
    const counted = cascade.total === undefined ? countKeys(cascade, database, log) : undefined
    let state = 'running'
    while (state === 'running' && !signal.aborted) {
      const begunMs = performance.now()
      state = (await cascadeStep(context, cascade, { holder, keysAtOnce })).state
      await pause(1 + REST * (performance.now() - begunMs))
    }
    await counted
    if (state !== 'finished') return
    log.info({ keyId: rootKeyId }, 'all keys that this key made are revoked')
    await deleteInPortions(database, pruneCascadeKeys, signal)
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal }).catch(() => undefined)
  }

  const running = run()
  return {
    holder,
    keysAtOnce,
    wake: () => woken.resolve(),
    async close() {
      closing.abort()
      woken.resolve()
      await running
      await releaseCascades(database.kysely, holder).catch(() => undefined)
    },
  }
}

/** For the progress only. */
async function countKeys(
  { cascadeId, rootKeyId }: Cascade,
  database: ActionContext['database'],
  log: Logger,
): Promise<void> {
  try {
    const made = await countLineage(database.reader, rootKeyId)
    await setCascadeTotal(database.kysely, cascadeId, made + 1)
  } catch (fault) {
    log.info({ err: fault }, 'the keys of a cascade could not be counted; it goes on')
  }
}

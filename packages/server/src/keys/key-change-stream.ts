import type { Database } from '../storage/database.ts'
import { type KeyChange, readKeyChangesAfter } from '../storage/key-changes.ts'
import type { KeyChangeLog } from './key-change-log.ts'

/** The source of a stream of key changes, and its duration. */
export interface KeyChangeStreamOptions {
  readonly deploymentId: string
  readonly log: KeyChangeLog
  /** The source of changes that the log no longer holds. */
  readonly database: Database
  /** The place of the reader's last change; from now on if absent. */
  readonly after: number | undefined
  /** Checked before every message: the reader may have lost its power. */
  readonly mayRead: () => Promise<boolean>
  readonly signal: AbortSignal
}

const PAGE = 1_000

/**
 * Changes of keys as server-sent events; each element is one piece of text.
 *
 * - `start`: the deployment, and the place after which changes follow.
 * - `change`: one change, with its place as the id.
 * - `reset`: some changes are missing; the id is the place to continue from.
 * - `alive`: sent after every read of the feed; everything that was committed up to `at_ms` after the start was sent
 *   before.
 *
 * It ends with the signal, and when the reader may no longer read.
 */
export async function* streamKeyChanges(options: KeyChangeStreamOptions): AsyncGenerator<string> {
  const { deploymentId, log, database, mayRead, signal } = options
  const startedAtMs = performance.now()
  if (log.position === undefined) await log.readingAfter(log.readAtMs, signal)
  let position = options.after ?? log.position ?? 0
  yield toEvent('start', { deployment_id: deploymentId }, position)

  while (!signal.aborted && (await mayRead())) {
    const { readAtMs } = log
    for (let isBehind = true; isBehind; ) {
      const { changes, gap, latest } = await changesAfter(position)
      position = gap ? latest : (changes.at(-1)?.seq ?? position)
      isBehind = position < latest
      if (gap) yield toEvent('reset', {}, latest)
      if (changes.length > 0) yield changes.map(toChangeEvent).join('')
    }
    if (readAtMs >= startedAtMs) yield toEvent('alive', { at_ms: Math.floor(readAtMs - startedAtMs) })
    await log.readingAfter(readAtMs, signal)
  }

  async function changesAfter(seq: number) {
    const held = log.after(seq)
    return held
      ? { changes: held, gap: false, latest: log.position ?? seq }
      : readKeyChangesAfter(database.kysely, seq, PAGE)
  }
}

function toChangeEvent({ seq, accountId, apiKeyId }: KeyChange): string {
  return toEvent('change', { account_id: accountId, api_key_id: apiKeyId }, seq)
}

function toEvent(event: string, data: object, id?: number): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}

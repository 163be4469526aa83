import type { KeyCache } from '../key-cache.ts'
import { readEvents, type StreamEvent } from './read-events.ts'
import { type Reporter, reasonOf } from './reporter.ts'
import type { SignedCalls } from './signed-calls.ts'

/** Where changes come from, and who receives them. */
export interface FollowOptions {
  readonly calls: SignedCalls
  readonly cache: KeyCache
  readonly reporter: Reporter
  /** Milliseconds, by the cache's monotonic clock. */
  readonly elapsed: () => number
  /** Called when a stream begins. */
  readonly connected: () => void
}

/** The control plane sends a sign of life four times a second. */
const SILENCE_MS = 5_000
const RETRY_MS = 250
const MAX_RETRY_MS = 5_000

/**
 * Follows the control plane's changes of keys and reports them to the cache, until the signal aborts. A stream that
 * ends is opened again at its last place. A stream that is silent for 5 s counts as ended.
 */
export async function followChanges(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { calls, cache, reporter, elapsed, connected } = options
  let deployment: string | undefined
  let position: number | undefined
  let failures = 0

  async function follow(): Promise<void> {
    const silence = new AbortController()
    const fall = () => silence.abort(new Error(`nothing came for ${SILENCE_MS} ms`))
    let timer = setTimeout(fall, SILENCE_MS)
    try {
      // This moment is before the stream's own start. So the time that the stream confirms is never too late.
      const startedAtMs = elapsed()
      const response = await calls.open('/gate/v1/changes', position, AbortSignal.any([signal, silence.signal]))
      if (response.status !== 200 || !response.body) throw new Error(`status ${response.status}`)
      for await (const event of readEvents(response.body)) {
        clearTimeout(timer)
        timer = setTimeout(fall, SILENCE_MS)
        take(event, startedAtMs)
      }
    } finally {
      clearTimeout(timer)
      // An answer that is not a stream is cancelled: unread, it would hold its connection.
      silence.abort()
    }
  }

  function take({ event, id, data }: StreamEvent, startedAtMs: number): void {
    const fields = JSON.parse(data) as Record<string, unknown>
    if (event === 'start') start(fields, readPosition(id))
    else if (event === 'alive') cache.freshAsOf(Math.min(elapsed(), startedAtMs + readNumber(fields.at_ms)))
    else if (event === 'change') cache.apply([toChange(fields)])
    else if (event === 'reset') cache.clear()
    if (event === 'change' || event === 'reset') position = readPosition(id)
  }

  /**
   * Keys that were held before the place was known may have changed unseen. The same holds if the database is another
   * one.
   */
  function start({ deployment_id: id }: Record<string, unknown>, at: number): void {
    if (position === undefined || deployment !== id) {
      cache.clear()
      position = at
      deployment = String(id)
    }
    failures = 0
    reporter.working('changes of keys')
    connected()
  }

  while (!signal.aborted) {
    try {
      await follow()
    } catch (fault) {
      if (!signal.aborted) reporter.failing('changes of keys', reasonOf(fault))
    }
    await pause(retryDelayMs(failures++), signal)
  }
}

/** With jitter: after a restart of the control plane every gate connects again. */
function retryDelayMs(failures: number): number {
  return Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** failures) * (0.5 + Math.random() / 2)
}

function toChange({ account_id: accountId, api_key_id: keyId }: Record<string, unknown>) {
  if (typeof accountId !== 'string') throw new Error('a change of no account')
  return { accountId, keyId: typeof keyId === 'string' ? keyId : undefined }
}

function readPosition(id: string): number {
  if (!/^\d{1,15}$/.test(id)) throw new Error('an event without its place')
  return Number(id)
}

function readNumber(value: unknown): number {
  if (typeof value !== 'number') throw new Error('a sign of life without its time')
  return value
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

import type { ImportKey } from '@countersign/protocol'
import { pauseAfterSilence, type StoreAnswer } from '../pause-after-silence.ts'
import type { KeyRecord } from '../ports.ts'
import { limitConcurrency } from './limit-concurrency.ts'
import { readKeyRecord, UnreadableRecord } from './read-key-record.ts'
import { type Reporter, reasonOf } from './reporter.ts'
import type { SignedCalls } from './signed-calls.ts'

/** Options for reading keys. */
export interface KeyLoaderOptions {
  readonly calls: SignedCalls
  readonly reporter: Reporter
  readonly importKey?: ImportKey | undefined
  /** Milliseconds, by a monotonic clock. */
  readonly elapsed: () => number
}

/** Reads single keys from the control plane. */
export interface KeyLoader {
  /** The key as the control plane has it now, `'unavailable'` if that cannot be known. Never throws. */
  load(keyId: string): Promise<KeyRecord | undefined | 'unavailable'>
  /** Reports that the control plane answers: the next look-up need not wait. */
  answers(): void
}

/** The most look-ups under way, and the most that wait for their turn. */
const CONCURRENT = 64
const WAITING = 1_024

const KEY_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A loader that pauses after a look-up without an answer, so that requests do not wait in an outage. */
export function keyLoader({ calls, reporter, importKey, elapsed }: KeyLoaderOptions): KeyLoader {
  const limited = limitConcurrency(CONCURRENT, WAITING)
  const pausing = pauseAfterSilence(ask, elapsed)

  async function ask(keyId: string): Promise<StoreAnswer> {
    try {
      const record = await readAnswer(keyId, await calls.read(`/gate/v1/keys/${keyId}`), importKey)
      reporter.working('keys')
      return record
    } catch (fault) {
      reporter.failing('keys', reasonOf(fault))
      // One unreadable record is not an outage.
      return fault instanceof UnreadableRecord ? 'unavailable' : 'silent'
    }
  }

  return {
    async load(keyId) {
      if (!KEY_ID.test(keyId)) return undefined
      const found = await limited(() => pausing.load(keyId))
      return found === 'busy' ? 'unavailable' : found
    },
    answers() {
      pausing.answers()
      reporter.working('keys')
    },
  }
}

/** Only the control plane's own 404 means that there is no such key: a proxy can answer 404 too. */
async function readAnswer(
  keyId: string,
  { status, text }: { readonly status: number; readonly text: string },
  importKey: ImportKey | undefined,
): Promise<KeyRecord | undefined> {
  const answer = parseJson(text)
  if (status === 200) return readKeyRecord(answer, keyId, importKey)
  const code = memberOf(memberOf(answer, 'error'), 'code')
  if (status === 404 && code === 'not_found') return undefined
  throw new Error(typeof code === 'string' ? `status ${status}, ${code.slice(0, 100)}` : `status ${status}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

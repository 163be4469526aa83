import type { Clock } from './clock.ts'
import { retryAfterSeconds } from './retry-after.ts'
import { NONCE_HEADER, type ServerNonce } from './server-nonce.ts'

/** When a client sends a refused request again by itself, with a new signature. */
export interface ResendOptions {
  /**
   * How long a request may wait in all when the server names a time (429 with Retry-After), in milliseconds; 10 000 by
   * default. An answer that names a longer time is passed on at once; 0 passes on all.
   */
  readonly maxWaitMs?: number
  /**
   * Whether a refused time (401 `header_timestamp_expired`) sets the clock by the answer's `Date` header and sends the
   * request again; true by default. The clock stays corrected, by a day at most.
   */
  readonly correctsClock?: boolean
}

/** The parts of an answer that say whether to send again. */
export interface Refusal {
  readonly status: number
  readonly header: (name: string) => string | null | undefined
  /** The body's text; `undefined` if it is too long for a refusal. It is read after a 401 only. */
  readonly text: () => Promise<string | undefined>
}

/** Milliseconds until the request is signed and sent again; `undefined` if its answer is passed on. */
export type Resend = (refusal: Refusal) => Promise<number | undefined>

const DEFAULT_MAX_WAIT_MS = 10_000

/** A minimum, so that `Retry-After: 0` does not loop without a pause. */
const MIN_WAIT_MS = 100

/**
 * A right clock can be refused by a server that has just started. It refuses what was signed before its start, and RFC
 * 9421 has whole seconds.
 */
const NEXT_SECOND_MS = 1_000

const EXPIRED = 'header_timestamp_expired'
const NONCE_REQUIRED = 'nonce_required'

/**
 * The resending of one request. Its clock is corrected once, it takes a server's nonce once, and its waits are summed.
 */
export function startResending(
  clock: Clock,
  { maxWaitMs = DEFAULT_MAX_WAIT_MS, correctsClock = true }: ResendOptions,
  serverNonce?: ServerNonce,
): Resend {
  const signedWithMs = clock.offsetMs()
  let waitedMs = 0
  let isCorrected = !correctsClock
  let isRenewed = serverNonce === undefined

  return async (refusal) => {
    const hasNonce = serverNonce?.keep(refusal.header(NONCE_HEADER)) ?? false
    if (refusal.status === 401 && !(isCorrected && isRenewed)) {
      const code = codeOf(await refusal.text())
      if (code === EXPIRED && !isCorrected) {
        isCorrected = true
        if (!clock.correct(refusal.header('date'))) return undefined
        return clock.offsetMs() === signedWithMs ? waitFor(NEXT_SECOND_MS) : 0
      }
      if (code !== NONCE_REQUIRED || isRenewed) return undefined
      isRenewed = true
      return hasNonce ? 0 : undefined
    }
    if (refusal.status !== 429) return undefined
    const seconds = retryAfterSeconds(refusal.header('retry-after'), clock.now())
    return seconds === undefined ? undefined : waitFor(Math.max(MIN_WAIT_MS, seconds * 1000))
  }

  function waitFor(ms: number): number | undefined {
    if (waitedMs + ms > maxWaitMs) return undefined
    waitedMs += ms
    return ms
  }
}

function codeOf(text: string | undefined): unknown {
  try {
    const body: unknown = JSON.parse(text ?? '')
    const error = memberOf(body, 'error')
    return memberOf(error ?? body, 'code')
  } catch {
    return undefined
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

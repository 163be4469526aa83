import type { ImportKey, PrivateJwk, SigningKey } from '@countersign/protocol'
import { createKeyCache } from '../key-cache.ts'
import type { DecisionSink, KeySource } from '../ports.ts'
import { followChanges } from './follow-changes.ts'
import { keyLoader } from './load-key.ts'
import { reportToControlPlane } from './report-decisions.ts'
import { createReporter } from './reporter.ts'
import { signedCaller } from './signed-calls.ts'

/** The control plane that keys are read from, and how. */
export interface RemoteKeySourceOptions {
  /**
   * The control plane's origin, such as `https://keys.example.com`. `http:` is accepted only for this machine's
   * loopback.
   */
  readonly url: string | URL
  /** The id of a key with the scope `gate`. */
  readonly keyId: string
  /** Its private key: PEM, a JWK, or a signer for it (a KMS or an agent). */
  readonly privateKey: string | PrivateJwk | SigningKey
  /** The most keys that are held; 10 000 by default. The least recently used key is dropped first. */
  readonly maxKeys?: number
  /** The most unknown ids that are held; 10 000 by default. */
  readonly maxUnknown?: number
  /** How long held keys count without an answer of the control plane, in milliseconds; 30 000 by default. */
  readonly maxStalenessMs?: number
  /** How long one call may take, in milliseconds; 2 000 by default. */
  readonly timeoutMs?: number
  /**
   * Makes public keys ready to verify with; `importVerifyingKey` by default, or `importKey` of
   * `@countersign/native-verify`.
   */
  readonly importKey?: ImportKey | undefined
  /**
   * Receives a message for the service's own log when the control plane stops answering, with the reason, and when it
   * answers again.
   */
  readonly log?: (message: string) => void
  /** Whether the gate's decisions are reported to the control plane, which counts them as its own; `true` by default. */
  readonly countsDecisions?: boolean
  /** The function that sends; the platform's `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch
  /** Unix milliseconds, for signatures. */
  readonly now?: () => number
  /**
   * Milliseconds since any moment, by a monotonic clock, for everything that has an age; `performance.now` by default.
   */
  readonly elapsed?: () => number
}

/** Keys that are read from a control plane. */
export interface RemoteKeySource extends KeySource {
  /** Counts in memory, and reports without delaying answers; absent if decisions are not counted. */
  readonly decisions?: DecisionSink | undefined
  /** Reports the remaining counts and ends the stream of changes. After that each use reads its key anew. */
  close(): Promise<void>
}

/**
 * A KeySource for a service without access to the database. Each key is read from the control plane at its first use,
 * and held while a stream of changes confirms it (docs/security.md "Fresh keys"). If the stream is silent for 2 s, each
 * use reads its key anew. If the control plane does not answer either, held keys count for `maxStalenessMs` after their
 * last confirmation. After that they are `'unavailable'`, and the gate answers 503. The gate's decisions are reported
 * to the control plane within a second, which counts them as its own.
 *
 * @throws PrivateKeyError if the key cannot be read
 * @throws TypeError if the URL is plain http to another machine, or not a URL
 */
export function createRemoteKeySource(options: RemoteKeySourceOptions): RemoteKeySource {
  const { now = Date.now, elapsed = () => performance.now(), log = () => undefined } = options
  const reporter = createReporter(log)
  const calls = signedCaller({ ...options, now })
  const loader = keyLoader({ calls, reporter, importKey: options.importKey, elapsed })
  const { maxKeys, maxUnknown, maxStalenessMs } = options
  const cache = createKeyCache({ load: loader.load, now: elapsed, maxKeys, maxUnknown, maxStalenessMs })
  const closed = new AbortController()
  const following = followChanges({ calls, cache, reporter, elapsed, connected: loader.answers }, closed.signal)
  const { countsDecisions = true } = options
  const decisions = countsDecisions ? reportToControlPlane({ calls, reporter, now }) : undefined
  return {
    find: cache.find,
    decisions,
    async close() {
      closed.abort()
      await Promise.all([following, decisions?.close()])
    },
  }
}

import type { ImportKey, PrivateJwk, SigningKey } from '@countersign/protocol'
import { createKeyCache } from '../key-cache.ts'
import type { DecisionSink, KeySource } from '../ports.ts'
import { followChanges } from './follow-changes.ts'
import { keyLoader } from './load-key.ts'
import { reportToControlPlane } from './report-decisions.ts'
import { createReporter } from './reporter.ts'
import { signedCaller } from './signed-calls.ts'

/** Which control plane keys are read from, and how. */
export interface RemoteKeySourceOptions {
  /** The control plane's origin, such as `https://keys.example.com`; `http:` is taken for this machine's loopback only. */
  readonly url: string | URL
  /** The id of a key with the scope `gate`. */
  readonly keyId: string
  /** Its private key: PEM, a JWK, or what signs for it (a KMS or an agent). */
  readonly privateKey: string | PrivateJwk | SigningKey
  /** Keys held at most; 10 000 by default. The least recently used one leaves first. */
  readonly maxKeys?: number
  /** Unknown ids held at most; 10 000 by default. */
  readonly maxUnknown?: number
  /** How long held keys count without any answer of the control plane, in milliseconds; 30 000 by default. */
  readonly maxStalenessMs?: number
  /** How long one question may take, in milliseconds; 2 000 by default. */
  readonly timeoutMs?: number
  /** Makes public keys ready to verify with; `importVerifyingKey` by default, or what `@countersign/protocol/openssl` loads. */
  readonly importKey?: ImportKey | undefined
  /** Told in words, for the service's own log, when the control plane stops answering and why, and when it answers again. */
  readonly log?: (message: string) => void
  /** Whether the gate's decisions are reported to the control plane, which counts them as its own; `true` by default. */
  readonly countsDecisions?: boolean
  /** What sends; the platform's `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch
  /** Unix milliseconds, for signatures. */
  readonly now?: () => number
  /** Milliseconds since any moment, on a clock that nobody sets, for all that has an age; `performance.now` by default. */
  readonly elapsed?: () => number
}

/** Keys that are read from a control plane. */
export interface RemoteKeySource extends KeySource {
  /** Counts in memory and reports behind the answers; absent where decisions are not counted. */
  readonly decisions?: DecisionSink | undefined
  /** Reports the counts that are left, and ends the stream of changes. From then on keys are read anew at each use. */
  close(): Promise<void>
}

/**
 * A KeySource for a service that has no access to the database: each key is read from the control plane at its first use,
 * and held while a stream of changes vouches for it (docs/security.md "Fresh keys"). When the stream stands still for 2 s, each
 * use reads its key anew; when the control plane does not answer either, held keys count for `maxStalenessMs` since it last vouched for
 * them, and are `'unavailable'` after that, which the gate answers with 503. The gate's decisions are reported to the control
 * plane within a second, which counts them as its own.
 *
 * @throws PrivateKeyError where the key cannot be read
 * @throws TypeError where the URL is plain http to another machine, or no URL
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

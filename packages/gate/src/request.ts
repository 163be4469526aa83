import type { MaybePromise } from '@countersign/protocol'
import type { Denied } from './decision.ts'

/** One request as it came in, before anything was decided. Adapters build it; nothing in it is trusted. */
export interface GateRequest {
  /** As on the request line. */
  readonly method: string
  /** The request target exactly as it was sent, query included. */
  readonly target: string
  /** The caller's address, after trusted proxies. */
  readonly ip: string
  /**
   * A header's value by its lower-case name: `undefined` where absent, a list where it was given more than once, so that
   * a second copy cannot hide behind the first.
   */
  readonly header: (name: string) => string | readonly string[] | undefined
  /** The whole body, where the adapter has it before it asks; empty where there is none. */
  readonly body?: Uint8Array
  /**
   * Reads the whole body, where the adapter has not yet. The gate asks once, after the signature verified, and only where
   * a body could change the decision; so nothing of a stranger's is kept. A refusal where it is too large or breaks off.
   */
  readonly readBody?: () => MaybePromise<Uint8Array | Denied>
}

import type { MaybePromise } from '@countersign/protocol'
import type { Denied } from './decision.ts'

/** One request as it came in, before any decision. Adapters build it. Nothing in it is trusted. */
export interface GateRequest {
  /** As on the request line. */
  readonly method: string
  /** The request target exactly as it was sent, query included. */
  readonly target: string
  /** The caller's address, after trusted proxies. */
  readonly ip: string
  /**
   * A header's value by its lower-case name: `undefined` if absent, a list if it was given more than once, so that a
   * second copy cannot hide behind the first.
   */
  readonly header: (name: string) => string | readonly string[] | undefined
  /** The whole body, if the adapter has it before it asks the gate; empty if there is none. */
  readonly body?: Uint8Array
  /**
   * Reads the whole body, if the adapter has not yet. The gate calls it once, after the signature verified, and only if
   * a body could change the decision. So no body of a stranger is held. It returns a refusal if the body is too large
   * or breaks off.
   */
  readonly readBody?: () => MaybePromise<Uint8Array | Denied>
}

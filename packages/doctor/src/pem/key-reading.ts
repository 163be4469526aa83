import type { PrivateKey, PublicKey } from '@countersign/protocol'
import type { PemProblemCode } from './pem-problems.ts'

/** One finding. */
export interface FoundProblem {
  readonly code: PemProblemCode
  /** The details, as a sentence without key material. */
  readonly details?: string
}

/** What could be read of a key. */
export interface KeyReading {
  readonly problems: readonly FoundProblem[]
  /** Whether it is or was a private key. If so, it must not be shown or sent anywhere. */
  readonly isPrivate: boolean
  readonly privateKey?: PrivateKey
  /** A public key that stands alone. */
  readonly publicKey?: PublicKey
  /** The Ed25519 public half that the text states beside the private key. It must belong to that key. */
  readonly statedPoint?: Uint8Array
}

/** A reading that holds no usable key. */
export function unreadable(code: PemProblemCode, isPrivate: boolean, details?: string): KeyReading {
  return { problems: [{ code, details }], isPrivate }
}

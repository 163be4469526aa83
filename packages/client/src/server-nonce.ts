import { makeNonce } from '@countersign/protocol'

/**
 * The value that a server last gave for nonces. It proves that a nonce is recent, even if the claims before it are
 * unknown.
 */
export interface ServerNonce {
  /** Uses this value of the header from now on. False if it is absent or malformed. */
  keep(header: string | null | undefined): boolean
  /** A new nonce: the server's value, a dot, and 128 random bits; only the bits if the server gave no value. */
  make(): string
}

/** The response header with the server's value, in lower case. */
export const NONCE_HEADER = 'countersign-nonce'

/** The longest value that keeps a nonce within 128 characters. */
const FITTING = /^[\w.~+/=:-]{1,105}$/

/** Begins with the given value, if it is well formed. */
export function createServerNonce(first?: string): ServerNonce {
  let given: string | undefined = FITTING.test(first ?? '') ? first : undefined
  return {
    keep(header) {
      if (!FITTING.test(header ?? '')) return false
      given = header ?? undefined
      return true
    },
    make: () => (given === undefined ? makeNonce() : `${given}.${makeNonce()}`),
  }
}

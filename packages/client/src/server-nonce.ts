import { makeNonce } from '@countersign/protocol'

/** What a server last gave to be part of nonces, so that it knows that they are young whatever was claimed before. */
export interface ServerNonce {
  /** Goes by this value of the header from now on. False where there is none that fits. */
  keep(header: string | null | undefined): boolean
  /** A nonce never made before: what the server gave, a dot, and 128 random bits; these alone before it gave any. */
  make(): string
}

/** The response header in which a server gives it, in lower case. */
export const NONCE_HEADER = 'countersign-nonce'

/** As much as leaves a nonce within the 128 characters of a nonce. */
const FITTING = /^[\w.~+/=:-]{1,105}$/

/** Begins with the one given, where there is one that fits. */
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

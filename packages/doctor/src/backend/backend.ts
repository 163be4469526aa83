import type { MaybePromise, PublicKey } from '@countersign/protocol'

/** Digests that signers use, rightly or not. */
export type HashName = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'

/** What the doctor needs beyond protocol's verification: digests of any kind, and the inside of an RSA signature. */
export interface Backend {
  digest(hash: HashName, data: Uint8Array): MaybePromise<Uint8Array>
  /**
   * What an RSA signature holds: signature^e mod n, as long as the modulus; `undefined` where it is not below the modulus.
   * One public-key operation, whatever is compared with it afterwards.
   */
  openRsa(key: PublicKey, signature: Uint8Array): MaybePromise<Uint8Array | undefined>
}

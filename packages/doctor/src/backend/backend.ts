import type { MaybePromise, PublicKey } from '@countersign/protocol'

/** Digests that signers use, rightly or wrongly. */
export type HashName = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'

/** What the doctor needs beyond protocol's verification: digests of any kind, and the content of an RSA signature. */
export interface Backend {
  digest(hash: HashName, data: Uint8Array): MaybePromise<Uint8Array>
  /**
   * The content of an RSA signature: signature^e mod n, as long as the modulus; `undefined` if the signature is not
   * below the modulus. It costs one public-key operation, whatever is compared with it later.
   */
  openRsa(key: PublicKey, signature: Uint8Array): MaybePromise<Uint8Array | undefined>
}

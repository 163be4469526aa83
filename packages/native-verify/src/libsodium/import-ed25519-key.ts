import type { PublicKey, VerifyingKey } from '@countersign/protocol'

/** Whether an Ed25519 signature (64 bytes) by a point (32 bytes) is over some data. */
export type VerifyDetached = (signature: Uint8Array, data: Uint8Array, point: Uint8Array) => boolean

const POINT_BYTES = 32

/** Makes an Ed25519 public key ready to verify with. */
export function importEd25519Key(key: PublicKey, verifyDetached: VerifyDetached): VerifyingKey {
  const point = key.spki.slice(-POINT_BYTES)
  return {
    ...key,
    verify: (algorithm, data, signature) =>
      algorithm.keyType === key.type &&
      signature.length === key.signatureBytes &&
      verifyDetached(signature, data, point),
  }
}

import { type ImportKey, importVerifyingKey, type PublicKey, type VerifyingKey } from '@countersign/protocol'
import type { VerifyDetached } from './known-verdicts.ts'

const POINT_BYTES = 32

/**
 * Makes public keys ready to verify with: Ed25519 keys by `verifyDetached`; all others, and all where there is none, by
 * `importKey`.
 */
export function keyImporter(
  verifyDetached: VerifyDetached | undefined,
  importKey: ImportKey = importVerifyingKey,
): ImportKey {
  if (!verifyDetached) return importKey
  return (key) => (key.type === 'ed25519' ? importEd25519Key(key, verifyDetached) : importKey(key))
}

function importEd25519Key(key: PublicKey, verifyDetached: VerifyDetached): VerifyingKey {
  const point = key.spki.slice(-POINT_BYTES)
  return {
    ...key,
    verify: (algorithm, data, signature) =>
      algorithm.keyType === key.type &&
      signature.length === key.signatureBytes &&
      verifyDetached(signature, data, point),
  }
}

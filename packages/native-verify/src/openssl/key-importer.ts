import { importVerifyingKey, type PublicKey, type VerifyingKey } from '@countersign/protocol'
import { hasKnownVerdicts } from '../known-verdict.ts'
import type { Bound } from './bindings.ts'
import { RSA_VERDICTS } from './known-verdicts.ts'
import { createRsaContexts, createVerifiers, type RsaContexts, type Verifiers } from './rsa-contexts.ts'

/** Makes a public key ready to verify with, at once. */
export type ImportAtOnce = (key: PublicKey) => VerifyingKey

/** RSA keys by OpenSSL's own functions, all others by node:crypto; `undefined` if a known verdict is wrong. */
export function keyImporter(bound: Bound): ImportAtOnce | undefined {
  const verifiers = createVerifiers(bound)
  if (!verifiers) return undefined
  const importKey: ImportAtOnce = (key) =>
    key.type === 'rsa' ? importRsaKey(bound, verifiers, key) : importByNode(key)
  return hasKnownVerdicts(importKey, RSA_VERDICTS) ? importKey : undefined
}

/** A key that verifies once is not worth the set-up: node:crypto makes the first verification. */
function importRsaKey(bound: Bound, verifiers: Verifiers, key: PublicKey): VerifyingKey {
  const byNode = importByNode(key)
  let contexts: RsaContexts | undefined
  let uses = 0
  return {
    ...key,
    verify(algorithm, data, signature) {
      if (uses < 2 && ++uses === 2) contexts = createRsaContexts(bound, verifiers, key.spki)
      if (!contexts) return byNode.verify(algorithm, data, signature)
      return (
        algorithm.keyType === 'rsa' &&
        signature.length === key.signatureBytes &&
        contexts.verify(algorithm, data, signature)
      )
    },
  }
}

function importByNode(key: PublicKey): VerifyingKey {
  // Under Node this returns at once.
  return importVerifyingKey(key) as VerifyingKey
}

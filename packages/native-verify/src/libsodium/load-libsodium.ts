import { createRequire } from 'node:module'
import { hasKnownVerdicts } from '../known-verdict.ts'
import { importEd25519Key, type VerifyDetached } from './import-ed25519-key.ts'
import { ED25519_VERDICTS } from './known-verdicts.ts'

/**
 * Verification by libsodium, twice as fast as node:crypto. `undefined` if its package, which is optional, is not
 * installed or has no binary for this machine, or if its verdicts are not those of node:crypto.
 */
export function loadLibsodium(): VerifyDetached | undefined {
  const verify = load()?.crypto_sign_verify_detached
  return verify && hasKnownVerdicts((key) => importEd25519Key(key, verify), ED25519_VERDICTS) ? verify : undefined
}

/** The parts of `sodium-native` in use; it has no types of its own. */
interface SodiumNative {
  readonly crypto_sign_verify_detached: VerifyDetached
}

function load(): Partial<SodiumNative> | undefined {
  try {
    return createRequire(import.meta.url)('sodium-native')
  } catch {
    return undefined
  }
}

import { type ImportKey, importVerifyingKey } from '@countersign/protocol'
import { importEd25519Key } from './libsodium/import-ed25519-key.ts'
import { loadLibsodium } from './libsodium/load-libsodium.ts'
import { loadOpenSsl } from './openssl/load-openssl.ts'

/** Libraries that may verify instead of node:crypto. */
export interface NativeVerifyOptions {
  /**
   * `openssl` calls the OpenSSL inside Node through node:ffi, which is experimental and not memory-safe. `node` by
   * default.
   */
  readonly rsa?: 'node' | 'openssl'
}

/** What verifies signatures in this thread. */
export interface NativeVerify {
  /** Makes a public key ready to verify with. */
  readonly importKey: ImportKey
  readonly rsa: 'node' | 'openssl'
  readonly ed25519: 'node' | 'libsodium'
}

/**
 * Loads the fastest verification that is allowed and works here: Ed25519 by libsodium, and RSA by OpenSSL if `rsa` asks
 * for it. Each must first give the right verdict on known signatures. node:crypto does the work if a library cannot be
 * loaded or gives another verdict. Call it once in each thread. Node prints its warning about node:ffi in each thread
 * that uses it.
 */
export function loadNativeVerify({ rsa = 'node' }: NativeVerifyOptions = {}): NativeVerify {
  const openSsl = rsa === 'openssl' ? loadOpenSsl() : undefined
  const libsodium = loadLibsodium()
  const importOthers: ImportKey = openSsl ?? importVerifyingKey
  return {
    importKey: libsodium
      ? (key) => (key.type === 'ed25519' ? importEd25519Key(key, libsodium) : importOthers(key))
      : importOthers,
    rsa: openSsl ? 'openssl' : 'node',
    ed25519: libsodium ? 'libsodium' : 'node',
  }
}

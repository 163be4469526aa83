import { constants } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from '@countersign/protocol'
import type { Bound, OpenSsl } from './bindings.ts'
import { createHasher, type Hasher } from './hasher.ts'
import { allocateNative, bytesIn, type NativeMemory } from './native-memory.ts'

/** A public RSA key in OpenSSL's own memory, set up once to verify with each algorithm. */
export interface RsaContexts {
  /** Whether the signature, which has the key's length, is over the data. */
  verify(algorithm: Algorithm, data: Uint8Array, signature: Uint8Array): boolean
}

/** The addresses that were allocated for a key. */
interface Allocated {
  readonly openSsl: OpenSsl
  readonly key: bigint
  readonly contexts: readonly bigint[]
}

const POINTER_BYTES = 8

/** Frees a key's memory when nothing can verify with it any more. A finalizer never runs in the middle of a call. */
const freed = new FinalizationRegistry<Allocated>(free)

/** Memory that all keys of a thread share, because each verification ends before another begins. */
export interface Verifiers {
  readonly hashers: Readonly<Record<'SHA-256' | 'SHA-512', Hasher>>
  /** The place for signatures, as long as the longest of them. */
  readonly signature: NativeMemory
}

/** Bytes of the longest signature: a key of 4096 bits. */
const LONGEST_SIGNATURE = 512

/**
 * Makes what all keys of a thread share.
 *
 * @returns `undefined` if OpenSSL has no memory for it
 */
export function createVerifiers(bound: Bound): Verifiers | undefined {
  const [sha256, sha512] = [createHasher(bound, 'SHA-256', 32), createHasher(bound, 'SHA-512', 64)]
  const signature = allocateNative(bound, LONGEST_SIGNATURE)
  return sha256 && sha512 && { hashers: { 'SHA-256': sha256, 'SHA-512': sha512 }, signature }
}

/**
 * Sets a key up.
 *
 * @param spki DER of an RSA key that `parseSpki` accepted
 * @returns `undefined` if OpenSSL does not accept it
 */
export function createRsaContexts(bound: Bound, shared: Verifiers, spki: Uint8Array): RsaContexts | undefined {
  const { openSsl, digests } = bound
  const key = readKey(bound, spki)
  if (!key) return undefined
  const pss256 = createContext(openSsl, key, digests['SHA-256'], ALGORITHMS['rsa-pss-sha256'])
  const pss512 = createContext(openSsl, key, digests['SHA-512'], ALGORITHMS['rsa-pss-sha512'])
  const allocated = { openSsl, key, contexts: [pss256, pss512].filter((context) => context !== undefined) }
  if (!pss256 || !pss512) {
    free(allocated)
    return undefined
  }
  const contexts: RsaContexts = {
    verify(algorithm, data, signature) {
      const isLong = algorithm.hash === 'SHA-512'
      const { digest, hash } = shared.hashers[isLong ? 'SHA-512' : 'SHA-256']
      const length = BigInt(bytesIn(signature))
      shared.signature.bytes.set(signature)
      hash(data)
      const context = isLong ? pss512 : pss256
      const digestBytes = isLong ? 64n : 32n
      if (openSsl.EVP_PKEY_verify(context, shared.signature.address, length, digest.address, digestBytes) === 1) {
        return true
      }
      // Node would report an error that is left in this thread's queue as the cause of a later fault.
      openSsl.ERR_clear_error()
      return false
    },
  }
  freed.register(contexts, allocated)
  return contexts
}

function readKey({ openSsl, addressOf }: Bound, spki: Uint8Array): bigint | undefined {
  const der = Buffer.allocUnsafeSlow(spki.length)
  der.set(spki)
  const address = Buffer.allocUnsafeSlow(POINTER_BYTES)
  address.writeBigUInt64LE(addressOf(der))
  const key = openSsl.d2i_PUBKEY(null, address, BigInt(der.length))
  // Referenced after the call, so that the bytes exist during it.
  der.fill(0)
  if (key) return key
  openSsl.ERR_clear_error()
  return undefined
}

function createContext(
  openSsl: OpenSsl,
  key: bigint,
  digest: bigint,
  { acceptsAnySalt, saltBytes }: Algorithm,
): bigint | undefined {
  const context = openSsl.EVP_PKEY_CTX_new(key, null)
  if (!context) return undefined
  const isSetUp =
    openSsl.EVP_PKEY_verify_init(context) === 1 &&
    openSsl.EVP_PKEY_CTX_set_rsa_padding(context, constants.RSA_PKCS1_PSS_PADDING) === 1 &&
    openSsl.EVP_PKEY_CTX_set_signature_md(context, digest) === 1 &&
    openSsl.EVP_PKEY_CTX_set_rsa_pss_saltlen(context, acceptsAnySalt ? constants.RSA_PSS_SALTLEN_AUTO : saltBytes) === 1
  if (isSetUp) return context
  openSsl.EVP_PKEY_CTX_free(context)
  openSsl.ERR_clear_error()
  return undefined
}

function free({ openSsl, key, contexts }: Allocated): void {
  for (const context of contexts) openSsl.EVP_PKEY_CTX_free(context)
  openSsl.EVP_PKEY_free(key)
}

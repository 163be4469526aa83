/**
 * The functions in use of the OpenSSL inside Node. Their names, arguments and return values are those of OpenSSL 3
 * (manual pages EVP_PKEY_verify(3), EVP_PKEY_CTX_ctrl(3), EVP_DigestInit(3), d2i_PUBKEY(3), ERR_clear_error(3)).
 */
export interface OpenSsl {
  OPENSSL_version_major(): number
  OPENSSL_version_minor(): number
  OPENSSL_version_patch(): number
  /**
   * The key of a DER. The eight bytes hold the DER's address, and the call changes them; it takes the DER's length too.
   * `0n` if the DER is not a public key.
   */
  d2i_PUBKEY(into: null, addressOfDer: Uint8Array, length: bigint): bigint
  EVP_PKEY_free(key: bigint): void
  EVP_PKEY_CTX_new(key: bigint, engine: null): bigint
  EVP_PKEY_CTX_free(context: bigint): void
  EVP_PKEY_verify_init(context: bigint): number
  EVP_PKEY_CTX_set_rsa_padding(context: bigint, padding: number): number
  EVP_PKEY_CTX_set_signature_md(context: bigint, digest: bigint): number
  EVP_PKEY_CTX_set_rsa_pss_saltlen(context: bigint, bytes: number): number
  /** 1 if the signature is over the digest. */
  EVP_PKEY_verify(
    context: bigint,
    signature: bigint,
    signatureBytes: bigint,
    digest: bigint,
    digestBytes: bigint,
  ): number
  /** A digest by its name; `0n` if there is none. It is never freed: each thread has one of each name. */
  EVP_MD_fetch(library: null, name: string, properties: null): bigint
  EVP_MD_CTX_new(): bigint
  EVP_MD_CTX_free(context: bigint): void
  /** 1 if the context was reset. */
  EVP_DigestInit_ex2(context: bigint, digest: bigint, parameters: bigint): number
  EVP_DigestUpdate(context: bigint, data: bigint, bytes: bigint): number
  EVP_DigestFinal_ex(context: bigint, into: bigint, size: bigint): number
  ERR_clear_error(): void
}

/**
 * No address. `null` means the same to node:ffi, but V8's optimised code accepts only a bigint. With `null`, V8 would
 * throw that code away and compile it again, without end.
 */
export const NO_POINTER = 0n

/** The functions, the digests, and a way to get the address of bytes. */
export interface Bound {
  readonly openSsl: OpenSsl
  readonly digests: Readonly<Record<'SHA-256' | 'SHA-512', bigint>>
  /** The address of bytes outside the heap, valid as long as they are referenced. */
  readonly addressOf: (bytes: Uint8Array) => bigint
}

const SET_NUMBER = { arguments: ['pointer', 'i32'], return: 'i32' } as const
const NUMBER = { arguments: [], return: 'u32' } as const
const FREE = { arguments: ['pointer'], return: 'void' } as const

const SIGNATURES = {
  OPENSSL_version_major: NUMBER,
  OPENSSL_version_minor: NUMBER,
  OPENSSL_version_patch: NUMBER,
  d2i_PUBKEY: { arguments: ['pointer', 'buffer', 'i64'], return: 'pointer' },
  EVP_PKEY_free: FREE,
  EVP_PKEY_CTX_new: { arguments: ['pointer', 'pointer'], return: 'pointer' },
  EVP_PKEY_CTX_free: FREE,
  EVP_PKEY_verify_init: { arguments: ['pointer'], return: 'i32' },
  EVP_PKEY_CTX_set_rsa_padding: SET_NUMBER,
  EVP_PKEY_CTX_set_signature_md: { arguments: ['pointer', 'pointer'], return: 'i32' },
  EVP_PKEY_CTX_set_rsa_pss_saltlen: SET_NUMBER,
  EVP_PKEY_verify: { arguments: ['pointer', 'pointer', 'u64', 'pointer', 'u64'], return: 'i32' },
  EVP_MD_fetch: { arguments: ['pointer', 'string', 'pointer'], return: 'pointer' },
  EVP_MD_CTX_new: { arguments: [], return: 'pointer' },
  EVP_MD_CTX_free: FREE,
  EVP_DigestInit_ex2: { arguments: ['pointer', 'pointer', 'pointer'], return: 'i32' },
  EVP_DigestUpdate: { arguments: ['pointer', 'pointer', 'u64'], return: 'i32' },
  EVP_DigestFinal_ex: { arguments: ['pointer', 'pointer', 'pointer'], return: 'i32' },
  ERR_clear_error: { arguments: [], return: 'void' },
} as const satisfies Record<keyof OpenSsl, unknown>

/** Platforms on which `size_t` and `long` have 64 bits, as the signatures above say. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']

let bound: Bound | undefined

/**
 * Finds these functions in the running program, once for each thread.
 *
 * @returns `undefined` if there is no node:ffi, if it may not be used, or if the functions are not those of the OpenSSL
 *   3 version that node:crypto names
 */
export function bindOpenSsl(): Bound | undefined {
  try {
    bound ??= bind()
  } catch {
    // There is no permission, or the program does not export them.
  }
  return bound
}

function bind(): Bound | undefined {
  if (!PLATFORMS.includes(`${process.platform}-${process.arch}`)) return undefined
  const ffi = process.getBuiltinModule('node:ffi') as typeof import('node:ffi') | undefined
  if (!ffi) return undefined
  const openSsl = ffi.dlopen(null, SIGNATURES).functions as unknown as OpenSsl
  if (!isNodesOwn(openSsl)) return undefined
  const digests = {
    'SHA-256': openSsl.EVP_MD_fetch(null, 'SHA2-256', null),
    'SHA-512': openSsl.EVP_MD_fetch(null, 'SHA2-512', null),
  }
  if (!digests['SHA-256'] || !digests['SHA-512']) return undefined
  return { openSsl, digests, addressOf: (bytes) => ffi.getRawPointer(bytes as Buffer) }
}

function isNodesOwn(openSsl: OpenSsl): boolean {
  const [major, minor, patch] = [
    openSsl.OPENSSL_version_major(),
    openSsl.OPENSSL_version_minor(),
    openSsl.OPENSSL_version_patch(),
  ]
  return major === 3 && /^[0-9.]+/.exec(process.versions.openssl ?? '')?.[0] === `${major}.${minor}.${patch}`
}

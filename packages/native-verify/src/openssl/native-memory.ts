import type { Bound } from './bindings.ts'

/** Bytes at a fixed address. An address costs less as an argument than a buffer. */
export interface NativeMemory {
  readonly bytes: Uint8Array
  readonly address: bigint
}

/** Allocates bytes. They exist as long as this object is referenced. */
export function allocateNative({ addressOf }: Pick<Bound, 'addressOf'>, size: number): NativeMemory {
  const bytes = Buffer.allocUnsafeSlow(size)
  return { bytes, address: addressOf(bytes) }
}

const byteLength = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength')?.get

/**
 * The real number of bytes, even if a caller defined its own `byteLength`.
 *
 * @throws TypeError if it is not a Uint8Array
 */
export function bytesIn(bytes: Uint8Array): number {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('data and signature must be a Uint8Array')
  return byteLength?.call(bytes)
}

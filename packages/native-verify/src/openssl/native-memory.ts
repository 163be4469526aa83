import type { Bound } from './bindings.ts'

/** Bytes that stay where they are, and the address that OpenSSL is told: such an argument costs less than a buffer does. */
export interface NativeMemory {
  readonly bytes: Uint8Array
  readonly address: bigint
}

/** So many bytes; they are there for as long as this is referenced. */
export function allocateNative({ addressOf }: Pick<Bound, 'addressOf'>, size: number): NativeMemory {
  const bytes = Buffer.allocUnsafeSlow(size)
  return { bytes, address: addressOf(bytes) }
}

const byteLength = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength')?.get

/**
 * The number of bytes that are there, whatever properties a caller put before `byteLength`.
 *
 * @throws TypeError where it is no Uint8Array
 */
export function bytesIn(bytes: Uint8Array): number {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('data and signature must be a Uint8Array')
  return byteLength?.call(bytes)
}

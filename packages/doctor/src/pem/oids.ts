import { fromHex } from '../bytes.ts'

/** Object identifiers in DER, with their tag and length. */
export const OIDS = {
  rsaPss: oid('06092a864886f70d01010a'),
  /** Encryption by a password (RFC 8018). */
  pbes2: oid('06092a864886f70d01050d'),
  others: {
    ec: oid('06072a8648ce3d0201'),
    p256: oid('06082a8648ce3d030107'),
    secp256k1: oid('06052b8104000a'),
    p384: oid('06052b81040022'),
    ed448: oid('06032b6571'),
    x25519: oid('06032b656e'),
    x448: oid('06032b656f'),
    dsa: oid('06072a8648ce380401'),
  },
} as const

/** Whether DER bytes hold this object identifier somewhere. */
export function hasOid(der: Uint8Array, identifier: Uint8Array): boolean {
  for (let at = 0; at + identifier.length <= der.length; at++) {
    if (identifier.every((byte, i) => byte === der[at + i])) return true
  }
  return false
}

function oid(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0)
}

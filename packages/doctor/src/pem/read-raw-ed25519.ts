import { decodeBase64, ed25519PrivateKey } from '@countersign/protocol'
import { fromHex } from '../bytes.ts'
import type { KeyReading } from './key-reading.ts'

/**
 * An Ed25519 private key as bare bytes in hexadecimal or base64: the seed alone (32 bytes), or the seed with the public
 * half after it (64 bytes), as libsodium and several exchanges write it. `undefined` if the text is neither.
 */
export function readRawEd25519(text: string): KeyReading | undefined {
  const bare = text.replaceAll(/\s/g, '')
  const bytes = fromHex(bare.replace(/^0x/i, '')) ?? fromBase64(bare)
  if (bytes?.length === 32) {
    return { problems: [{ code: 'ed25519_seed' }], isPrivate: true, privateKey: ed25519PrivateKey(bytes) }
  }
  if (bytes?.length !== 64) return undefined
  return {
    problems: [{ code: 'ed25519_secret' }],
    isPrivate: true,
    privateKey: ed25519PrivateKey(bytes.subarray(0, 32)),
    statedPoint: bytes.subarray(32),
  }
}

function fromBase64(text: string): Uint8Array | undefined {
  const bare = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  return decodeBase64(bare.padEnd(Math.ceil(bare.length / 4) * 4, '='))
}

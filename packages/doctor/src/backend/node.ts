import { constants, createPublicKey, hash, type KeyObject, publicDecrypt } from 'node:crypto'
import type { PublicKey } from '@countersign/protocol'
import type { Backend, HashName } from './backend.ts'

/** node:crypto: synchronous, and fast enough for a server. */
export const backend: Backend = {
  digest: (name, data) => hash(NAMES[name], data, 'buffer'),
  openRsa,
}

const NAMES: Readonly<Record<HashName, string>> = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

const handles = new WeakMap<PublicKey, KeyObject>()

function openRsa(key: PublicKey, signature: Uint8Array): Uint8Array | undefined {
  try {
    return publicDecrypt({ key: handleOf(key), padding: constants.RSA_NO_PADDING }, signature)
  } catch {
    return undefined
  }
}

function handleOf(key: PublicKey): KeyObject {
  const known = handles.get(key)
  if (known) return known
  const handle = createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' })
  handles.set(key, handle)
  return handle
}

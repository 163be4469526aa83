import { PrivateKeyError, parsePrivateKey, publicKeyOf, publicKeyPem } from '@countersign/protocol'
import { fingerprintOfSpki } from '../session/browser-key.ts'

/** What a file holds. */
export type SavedKey =
  | { readonly kind: 'private'; readonly fingerprint: string; readonly publicKeyPem: string }
  | { readonly kind: 'public' }
  | { readonly kind: 'unreadable' }

/** Reads a file that may hold a private key. Its content stays in the browser. */
export async function readSavedKey(text: string): Promise<SavedKey> {
  if (/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text)) return { kind: 'public' }
  try {
    const publicKey = await publicKeyOf(parsePrivateKey(text))
    const fingerprint = await fingerprintOfSpki(Uint8Array.from(publicKey.spki))
    return { kind: 'private', fingerprint, publicKeyPem: publicKeyPem(publicKey) }
  } catch (error) {
    if (error instanceof PrivateKeyError) return { kind: 'unreadable' }
    throw error
  }
}

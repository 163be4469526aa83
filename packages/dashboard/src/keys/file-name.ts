import { shortId } from '../ui/ids.ts'

/** The name of a private key's file: the letters and digits of the key's name, and its short id. */
export function privateKeyFileName(name: string, keyId: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48)
  return `${plain === '' ? 'countersign' : plain}-${shortId(keyId)}.pem`
}

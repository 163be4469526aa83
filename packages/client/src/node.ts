import { readFile } from 'node:fs/promises'
import { parsePrivateKey } from '@countersign/protocol'

/**
 * The text of a private key file, PEM or JWK, to be given as `privateKey`. Node only: `@countersign/client/node`.
 *
 * @throws PrivateKeyError where the file holds no private key, and what reading it throws; neither says what is in it
 */
export async function readPrivateKeyFile(path: string | URL): Promise<string> {
  const text = await readFile(path, 'utf8')
  parsePrivateKey(text)
  return text
}

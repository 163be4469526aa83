import { readFile } from 'node:fs/promises'
import { parsePrivateKey } from '@countersign/protocol'

/**
 * The text of a private key file, PEM or JWK, for the option `privateKey`. Node only: `@countersign/client/node`.
 *
 * @throws PrivateKeyError if the file holds no private key, and the errors of reading it. No error quotes the file.
 */
export async function readPrivateKeyFile(path: string | URL): Promise<string> {
  const text = await readFile(path, 'utf8')
  parsePrivateKey(text)
  return text
}

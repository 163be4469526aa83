import { createRequestSigner, type SignerOptions } from './request-signer.ts'

/** The headers that sign one upgrade to a WebSocket, names in lower case. */
export type UpgradeSigner = (url: string | URL) => Promise<Record<string, string>>

/**
 * Signs the upgrade request of a WebSocket, for clients that accept headers: `new WebSocket(url, { headers: await
 * sign(url) })` with `ws` or with Node's own. The headers are for one connection, so sign again to connect again.
 * Messages on the socket are not signed. A browser's WebSocket accepts no headers.
 *
 * @throws PrivateKeyError if the key cannot be read, UnusableKeyError if it cannot sign by the profile
 */
export function createUpgradeSigner(options: SignerOptions): UpgradeSigner {
  const sign = createRequestSigner(options)
  return async (url) => {
    const { href } = new URL(url)
    if (!/^(?:ws|http)s?:/.test(href)) throw new TypeError('the URL of a WebSocket begins with ws: or wss:')
    return sign({ method: 'GET', url: href.replace(/^ws/, 'http') })
  }
}

import { createRequestSigner, type SignerOptions } from './request-signer.ts'

/** The headers that sign one upgrade to a WebSocket, names in lower case. */
export type UpgradeSigner = (url: string | URL) => Promise<Record<string, string>>

/**
 * Signs the upgrade request of a WebSocket, for clients that take headers: `new WebSocket(url, { headers: await sign(url) })`
 * with `ws` or with Node's own. Each is for one connection, so sign again to connect again. What is sent afterwards is not
 * signed. A browser's WebSocket takes no headers.
 *
 * @throws PrivateKeyError where the key cannot be read, UnusableKeyError where it cannot sign by the profile
 */
export function createUpgradeSigner(options: SignerOptions): UpgradeSigner {
  const sign = createRequestSigner(options)
  return async (url) => {
    const { href } = new URL(url)
    if (!/^(?:ws|http)s?:/.test(href)) throw new TypeError('the URL of a WebSocket begins with ws: or wss:')
    return sign({ method: 'GET', url: href.replace(/^ws/, 'http') })
  }
}

import type { SigningKey } from '../backend/backend.ts'
import { encodeBase64Url, encodeUtf8 } from '../encoding.ts'
import { contentDigest, type DigestAlgorithm } from './content-digest.ts'
import { needsNonce, requiredComponents } from './coverage.ts'
import { type FieldValue, type RequestMessage, urlParts } from './message.ts'
import { signMessage } from './sign-message.ts'

/** A request to sign in the profile `http-message-signatures`. */
export type RequestMessageToSign = RequestTarget & {
  /** The key's id, as the platform gave it. */
  readonly keyId: string
  readonly key: SigningKey
  /** Upper case, as on the request line. */
  readonly method: string
  /** The body exactly as it will be sent, text as UTF-8. Empty counts as none. */
  readonly body?: Uint8Array | string
  /** Used once and never again: `makeNonce()`. Required on every method but GET, HEAD and OPTIONS. */
  readonly nonce?: string
  /** Unix seconds. The server accepts 30 s to either side by default. */
  readonly createdSeconds: number
  /** Unix seconds; from then on the signature is not valid. */
  readonly expiresSeconds?: number
  readonly tag?: string
  /** `sha-256` if absent. */
  readonly digestAlgorithm?: DigestAlgorithm
  /** Components to cover beyond the required ones: `content-type`. */
  readonly components?: readonly string[]
  /** Headers of the request by lower-case name, if `components` names some. */
  readonly header?: (name: string) => FieldValue
}

/** The destination of a request: its URL, or its parts exactly as they will be sent. */
export type RequestTarget =
  | { readonly url: string | URL }
  | { readonly target: string; readonly authority: string; readonly scheme: string }

/**
 * The headers of a signed request, names in lower case: signature-input, signature and, if it has a body,
 * content-digest. They cover everything that docs/wire.md section 6 requires.
 *
 * @throws TypeError if the method or a parameter cannot be sent unchanged, or a nonce is missing
 */
export async function signRequestMessage(request: RequestMessageToSign): Promise<Record<string, string>> {
  const { key, keyId, method, nonce, createdSeconds, expiresSeconds, tag, components: others = [] } = request
  if (!/^[A-Z]+$/.test(method)) throw new TypeError(`method must be upper-case letters: ${JSON.stringify(method)}`)
  if (nonce === undefined && needsNonce(method)) throw new TypeError(`a ${method} request needs a nonce: makeNonce()`)
  const { target, authority, scheme } = 'url' in request ? urlParts(request.url) : request
  const body = typeof request.body === 'string' ? encodeUtf8(request.body) : request.body
  const hasBody = body !== undefined && body.length > 0
  const headers: Record<string, string> = {}
  if (hasBody) headers['content-digest'] = await contentDigest(body, request.digestAlgorithm)
  const message: RequestMessage = {
    method,
    target,
    authority,
    scheme,
    header: (name) => headers[name] ?? request.header?.(name),
  }
  const components = [...new Set([...requiredComponents({ target, hasBody }), ...others])]
  const signed = await signMessage(message, { key, keyId, components, createdSeconds, nonce, expiresSeconds, tag })
  return { ...headers, ...signed }
}

/** A nonce: 128 random bits, base64url. */
export function makeNonce(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)))
}

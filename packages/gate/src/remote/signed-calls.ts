import {
  importSigningKey,
  makeNonce,
  type PrivateJwk,
  parsePrivateKey,
  type SigningKey,
  signRequestMessage,
} from '@countersign/protocol'

/** The caller, and the control plane that it calls. */
export interface SignedCallerOptions {
  readonly url: string | URL
  readonly keyId: string
  readonly privateKey: string | PrivateJwk | SigningKey
  readonly timeoutMs?: number
  readonly fetch?: typeof globalThis.fetch
  readonly now: () => number
}

/** Signed calls to the control plane. */
export interface SignedCalls {
  /** The answer to one call, read to its end. Rejects if there is none in time. */
  read(path: string): Promise<{ readonly status: number; readonly text: string }>
  /** The answer to a POST of this JSON, with a signed body, read to its end. Rejects if there is none in time. */
  post(path: string, body: object): Promise<{ readonly status: number; readonly text: string }>
  /** An answer that continues until the signal aborts. Its header Last-Event-ID is signed. */
  open(path: string, lastEventId: number | undefined, signal: AbortSignal): Promise<Response>
}

/** The `tag` of signatures for Countersign's own calls. */
const TAG = 'countersign'
const DEFAULT_TIMEOUT_MS = 2_000

/** Far more bytes than any key's record has. */
const MAX_ANSWER_CHARACTERS = 256 * 1024

/**
 * Signs by RFC 9421. It follows no redirect.
 *
 * @throws PrivateKeyError if the key cannot be read
 * @throws TypeError if the URL is plain http to another machine, or not a URL
 */
export function signedCaller(options: SignedCallerOptions): SignedCalls {
  const { keyId, privateKey, timeoutMs = DEFAULT_TIMEOUT_MS, fetch: send = globalThis.fetch, now } = options
  refuseOpenHttp(options.url)
  const parsed = isSigningKey(privateKey) ? undefined : parsePrivateKey(privateKey)
  let key: SigningKey | Promise<SigningKey> | undefined

  function get(path: string, signal: AbortSignal, lastEventId?: number): Promise<Response> {
    const extra: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': `${lastEventId}` }
    return call('GET', path, signal, extra)
  }

  async function call(
    method: string,
    path: string,
    signal: AbortSignal,
    extra: Record<string, string>,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    const url = new URL(path, options.url)
    key ??= parsed ? importSigningKey(parsed) : (privateKey as SigningKey)
    const signature = await signRequestMessage({
      url,
      keyId,
      key: await key,
      method,
      createdSeconds: Math.floor(now() / 1000),
      nonce: makeNonce(),
      tag: TAG,
      components: Object.keys(extra),
      header: (name) => extra[name],
      body,
    })
    return send(url, { method, headers: { ...extra, ...signature }, redirect: 'error', signal, body })
  }

  return {
    async read(path) {
      const response = await get(path, AbortSignal.timeout(timeoutMs))
      return { status: response.status, text: await readText(response) }
    },
    async post(path, body) {
      const bytes = new TextEncoder().encode(JSON.stringify(body))
      const type = { 'content-type': 'application/json' }
      const response = await call('POST', path, AbortSignal.timeout(timeoutMs), type, bytes)
      return { status: response.status, text: await readText(response) }
    },
    open: (path, lastEventId, signal) => get(path, signal, lastEventId),
  }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Answers are not signed: on plain http, anyone between the two machines could send other public keys. */
function refuseOpenHttp(given: string | URL): void {
  const { protocol, hostname } = new URL(given)
  if (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))) return
  throw new TypeError(
    `keys are read over https, or over http from this machine only, not from ${protocol}//${hostname}`,
  )
}

/** The text of a body, cut off if it is longer than any answer of the control plane. */
async function readText({ body }: Response): Promise<string> {
  const reader = body?.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let text = ''
  for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
    text += chunk.value
    if (text.length <= MAX_ANSWER_CHARACTERS) continue
    await reader?.cancel()
    break
  }
  return text
}

function isSigningKey(key: string | PrivateJwk | SigningKey): key is SigningKey {
  return typeof key === 'object' && 'sign' in key && typeof key.sign === 'function'
}

import { constants, createHash, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { KeyHolder } from '../key-holder.ts'

/** A request to sign in the profile `http-message-signatures`. */
export interface MessageToSign {
  readonly method: string
  readonly target: string
  /** Host and port as in the Host header. */
  readonly authority: string
  readonly body?: string
  /** Unix seconds; the next full second where absent, which no server that has started by now takes for a time before its start. */
  readonly created?: number
  readonly expires?: number
  /** `null` leaves it out. */
  readonly nonce?: string | null
  readonly tag?: string
  /** What is covered; all that the contract asks for where absent. */
  readonly components?: readonly string[]
}

/** The headers of a request, written from RFC 9421 and docs/wire.md section 6 alone: nothing here is shared with the server. */
export function messageSignature({ keyId, privateKey }: KeyHolder, message: MessageToSign): [string, string][] {
  const {
    method,
    target,
    authority,
    body,
    created = Math.ceil(Date.now() / 1000),
    expires,
    tag = 'countersign',
  } = message
  const [path = '', ...query] = target.split('?')
  const digest = body === undefined ? undefined : contentDigest(body)
  const values: Record<string, string | undefined> = {
    '@method': method,
    '@authority': authority,
    '@path': path,
    '@query': query.length > 0 ? `?${query.join('?')}` : undefined,
    'content-digest': digest,
  }
  const covered = message.components ?? Object.keys(values).filter((name) => values[name] !== undefined)
  const nonce = message.nonce === undefined ? randomBytes(16).toString('base64url') : message.nonce
  const parameters = [
    `(${covered.map((name) => `"${name}"`).join(' ')})`,
    `created=${created}`,
    ...(expires === undefined ? [] : [`expires=${expires}`]),
    `keyid="${keyId}"`,
    ...(nonce === null ? [] : [`nonce="${nonce}"`]),
    `tag="${tag}"`,
  ].join(';')
  const lines = covered.map((name) => `"${name}": ${values[name]}`)
  const base = [...lines, `"@signature-params": ${parameters}`].join('\n')
  const signature = signBase(privateKey, Buffer.from(base)).toString('base64')
  return [
    ['Signature-Input', `sig=${parameters}`],
    ['Signature', `sig=:${signature}:`],
    ...(digest === undefined ? [] : [['Content-Digest', digest] as [string, string]]),
  ]
}

/** RFC 9530, SHA-256. */
export function contentDigest(body: string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
}

function signBase(key: KeyObject, base: Buffer): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, base, key)
  return sign('sha512', base, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 })
}

import { constants, createHash, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { KeyHolder } from '../../support/key-holder.ts'

/** A request to sign by RFC 9421, and what its signature says otherwise than a right one would. */
export interface MessageToSign {
  readonly method: string
  readonly target: string
  readonly authority: string
  readonly scheme?: string
  readonly body?: string
  /** What it covers; all that docs/wire.md section 6 asks for where absent. */
  readonly covered?: readonly string[]
  /** The value of Content-Digest, where another than the body's sha-256. */
  readonly digest?: string
  /** Other values of parameters, by name; `undefined` leaves one out. */
  readonly parameters?: Readonly<Record<string, string | number | undefined>>
}

/** The headers of such a request, written from docs/wire.md section 6 alone: nothing here is shared with the server. */
export function messageHeaders({ keyId, privateKey }: KeyHolder, message: MessageToSign): Record<string, string> {
  const { method, target, authority, scheme = 'http', body } = message
  const [path = '', query] = target.split(/(?=\?)/, 2)
  const digest = message.digest ?? (body === undefined ? undefined : digestOf(body))
  const values: Readonly<Record<string, string | undefined>> = {
    '@method': method,
    '@authority': authority,
    '@scheme': scheme,
    '@target-uri': `${scheme}://${authority}${target}`,
    '@path': path,
    '@query': query ?? '?',
    'content-digest': digest,
  }
  const covered = message.covered ?? [
    '@method',
    '@authority',
    '@path',
    ...(query === undefined ? [] : ['@query']),
    ...(digest === undefined ? [] : ['content-digest']),
  ]
  const parameters = {
    // The next full second: no server that runs started later.
    created: Math.ceil(Date.now() / 1000),
    keyid: keyId,
    nonce: randomUUID(),
    tag: 'countersign',
    ...message.parameters,
  }
  const written = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `;${name}=${JSON.stringify(value)}`)
  const input = `(${covered.map((name) => `"${name}"`).join(' ')})${written.join('')}`
  const base = [...covered.map((name) => `"${name}": ${values[name]}`), `"@signature-params": ${input}`].join('\n')
  return {
    ...(digest !== undefined && { 'content-digest': digest }),
    'signature-input': `sig1=${input}`,
    signature: `sig1=:${signBytes(privateKey, base).toString('base64')}:`,
  }
}

/** The value of Content-Digest. */
export function digestOf(body: string, algorithm: 'sha-256' | 'sha-512' = 'sha-256'): string {
  return `${algorithm}=:${createHash(algorithm.replace('-', '')).update(body).digest('base64')}:`
}

/** A signature by the algorithm of RFC 9421 that is the key's. */
export function signBytes(key: KeyObject, text: string): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, Buffer.from(text), key)
  return sign('sha512', Buffer.from(text), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 })
}

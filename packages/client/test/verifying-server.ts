import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import {
  checkContentDigest,
  coverageProblem,
  importVerifyingKey,
  type PublicKey,
  parsePrivateKey,
  publicKeyOf,
  readMessageSignatures,
  type VerifyingKey,
  verifyMessage,
  verifyRequest,
} from '@countersign/protocol'
import { afterEach } from 'vitest'

/** The key that signs, and its id. */
export const KEY_ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'
export const SEED = 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A'
export const JWK = { kty: 'OKP', crv: 'Ed25519', d: SEED }
const PUBLIC_KEY: PublicKey = await publicKeyOf(parsePrivateKey(JWK))

/** Headers in which signatures are carried. */
const SIGNATURE_HEADERS = ['signature-input', 'kalshi-access-signature']

/** A request as it came. */
export interface Received {
  readonly method: string
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** The same, and whether it was signed for exactly what came. */
export interface Seen extends Received {
  readonly verified: boolean
}

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server that remembers what it saw and whether the signature was right for exactly that. */
export async function listen(
  respond: (seen: Seen, response: ServerResponse) => void = (_, response) => response.end('ok'),
  publicKey = PUBLIC_KEY,
) {
  const seen: Seen[] = []
  const key = await importVerifyingKey(publicKey)
  const server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString('utf8')
    const { method = '', url: target = '', headers } = request
    const received = { method, target, headers, body }
    const one = { ...received, verified: await verify(received, key) }
    seen.push(one)
    respond(one, response)
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

async function verify(received: Received, key: VerifyingKey): Promise<boolean> {
  const { method, target, headers } = received
  if (!SIGNATURE_HEADERS.some((name) => name in headers)) return false
  if (headers['signature-input'] !== undefined) return verifyMessageSignature(received, key)
  const timestamp = String(headers['kalshi-access-timestamp'])
  return verifyRequest({ method, target, timestamp, signature: String(headers['kalshi-access-signature']) }, key)
}

/** As a server asks it: all of it covered, the body the one of the digest, the signature the key's. */
async function verifyMessageSignature(
  { method, target, headers, body }: Received,
  key: VerifyingKey,
): Promise<boolean> {
  const header = (name: string) => headers[name]
  const read = readMessageSignatures(header)
  if ('problem' in read) throw new Error(read.message)
  const [signature] = read
  if (signature?.keyId !== KEY_ID) throw new Error(`signed by ${signature?.keyId}`)
  const problem =
    coverageProblem(signature, { method, target, hasBody: body !== '' }) ??
    (body === '' ? undefined : await checkContentDigest(header('content-digest'), new TextEncoder().encode(body)))
  if (problem) throw new Error(problem.message)
  return verifyMessage(signature, { method, target, authority: headers.host ?? '', scheme: 'http', header }, key)
}

/** Unix milliseconds at which a request says that it was signed. */
export function timeOf({ headers }: Received = { method: '', target: '', headers: {}, body: '' }): number {
  const [, seconds] = /;created=(\d+)/.exec(String(headers['signature-input'])) ?? []
  return seconds === undefined ? Number(headers['kalshi-access-timestamp']) : Number(seconds) * 1000
}

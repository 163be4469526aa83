import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createGate, createMemoryAdmission, createMemoryKeySource } from '@countersign/gate'
import {
  importVerifyingKey,
  type Profile,
  parsePrivateKey,
  pkcs8Pem,
  publicKeyOf,
  REFUSALS,
  refusalBody,
} from '@countersign/protocol'
import { onTestFinished } from 'vitest'

/** The key that tests sign with (RFC 8032 section 7.1, test 1). */
export const KEY_ID = '11111111-5d1e-4c0b-9f0e-6a2f3f7b9c10'
const PRIVATE_KEY = parsePrivateKey({ kty: 'OKP', crv: 'Ed25519', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' })

/** Its private key as PEM. */
export const KEY_PEM = pkcs8Pem(PRIVATE_KEY)

/** A request that arrived with a right signature. */
export interface SeenRequest {
  readonly method: string
  readonly target: string
  readonly body: string
  readonly headers: IncomingMessage['headers']
  /** How it was signed. */
  readonly profile: Profile
}

/** What a fake server answers. */
export interface Answer {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** A server that verifies signatures of both profiles for real, refuses as the contract says, and else answers as told. */
export async function fakeServer(answer: (request: SeenRequest) => Answer | Promise<Answer>) {
  const keys = createMemoryKeySource()
  keys.put({
    keyId: KEY_ID,
    accountId: KEY_ID,
    key: await importVerifyingKey(await publicKeyOf(PRIVATE_KEY)),
    scopes: ['read', 'write'],
    state: 'active',
    accountSuspended: false,
    tier: 'basic',
  })
  const gate = createGate({
    keys,
    admission: createMemoryAdmission({ startedAtMs: 0 }),
    messageSignatures: { tag: 'countersign', scheme: 'http' },
  })
  const seen: SeenRequest[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url: target = '', headers } = request
    const body = await buffer(request)
    const header = (name: string) => request.headersDistinct[name]
    const decision = await gate.decide({
      method,
      target,
      ip: '127.0.0.1',
      header: (name) => (header(name)?.length === 1 ? header(name)?.[0] : header(name)),
      body: new Uint8Array(body),
    })
    if ('denied' in decision) {
      const { denied, details } = decision
      send(response, { status: REFUSALS[denied].status, body: refusalBody(denied, details) })
      return
    }
    const principal = decision.allowed
    if (!principal) throw new Error('no rule of this server is public')
    const one = { method, target, body: body.toString('utf8'), headers, profile: principal.profile }
    seen.push(one)
    send(response, await answer(one))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

/** The options that name the server and the test's key, whose file is made in the folder. */
export async function signingOptions(folder: string, url: string): Promise<string[]> {
  await writeFile(join(folder, 'own.pem'), KEY_PEM, { mode: 0o600 })
  return ['--url', url, '--key-id', KEY_ID, '--key-file', 'own.pem']
}

function send(response: ServerResponse, { status = 200, body, headers = {} }: Answer): void {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
  const type = typeof body === 'string' ? 'text/plain' : 'application/json'
  response.writeHead(status, { 'content-type': type, ...headers }).end(text)
}

// Runs under Deno, Bun and Node alike: an API behind the fetch adapter of the gate, and clients that call it.
// Prints one JSON line: for each key type and profile what the API answered.
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createSignedFetch } from '@countersign/client'
import { createGate, createMemoryAdmission, createMemoryKeySource } from '@countersign/gate'
import { decideRequest, refusalResponse } from '@countersign/gate/fetch'
import { importVerifyingKey, parsePrivateKey, publicKeyOf } from '@countersign/protocol'
import { listen } from './listen.ts'

const PAIRS: Readonly<Record<string, KeyObject>> = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ed25519: generateKeyPairSync('ed25519').privateKey,
}
const PROFILES = ['access-headers', 'http-message-signatures'] as const

const keys = createMemoryKeySource()
const gate = createGate({ keys, admission: createMemoryAdmission({ startedAtMs: 0 }) })
const api = await listen(async (request) => {
  const decision = await decideRequest(gate, request, { ip: '127.0.0.1' })
  if ('denied' in decision) return refusalResponse(decision)
  return Response.json({ profile: decision.allowed?.profile, body: await request.text() })
})

const answers: Record<string, unknown> = {}
for (const [type, pair] of Object.entries(PAIRS)) {
  const keyId = crypto.randomUUID()
  const privateKey = String(pair.export({ type: 'pkcs8', format: 'pem' }))
  const key = await importVerifyingKey(await publicKeyOf(parsePrivateKey(privateKey)))
  keys.put({
    keyId,
    accountId: 'a',
    key,
    scopes: ['read', 'write'],
    state: 'active',
    accountSuspended: false,
    tier: 'basic',
  })
  for (const profile of PROFILES) {
    const signed = createSignedFetch({ keyId, privateKey, profile, baseUrl: api.url })
    const tampered = createSignedFetch({ keyId, privateKey, profile, baseUrl: api.url, fetch: sendElsewhere })
    answers[`${type} ${profile}`] = {
      signedGet: await outcome(signed(`${api.url}/orders?page=2`)),
      signedPost: await outcome(signed(`${api.url}/orders`, { method: 'POST', body: '{"count":1}' })),
      getElsewhere: await outcome(tampered(`${api.url}/orders?page=2`)),
      postElsewhere: await outcome(tampered(`${api.url}/orders`, { method: 'POST', body: '{"count":1}' })),
    }
  }
}
await api.close()
console.log(JSON.stringify(answers))

/** Sends what was signed for one path to another one. */
function sendElsewhere(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const url = input instanceof Request ? input.url : String(input)
  const elsewhere = url.replace('/orders', '/others')
  return fetch(input instanceof Request ? new Request(elsewhere, input) : elsewhere, init)
}

async function outcome(answer: Promise<Response>): Promise<string> {
  const response = await answer
  const answered = JSON.parse(await response.text())
  if (response.status !== 200) return `${response.status} ${answered.error.details}`
  return `200 ${answered.profile} ${answered.body}`.trim()
}

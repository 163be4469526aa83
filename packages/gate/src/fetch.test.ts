import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { makeNonce, signRequestMessage } from '@countersign/protocol'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { BODY_LIMIT_BYTES, describeAdapter, seenBy } from '../test/adapter-contract.ts'
import { newPair, newRecord } from '../test/fixtures.ts'
import type { Principal } from './decision.ts'
import { decideRequest, refusalResponse } from './fetch.ts'
import { createGate } from './gate.ts'
import { createMemoryKeySource } from './memory.ts'

describeAdapter('Hono, through fetch', async (gate) => {
  const app = new Hono<{ Variables: { principal: Principal | undefined } }>()
  app.onError((_, c) => c.text('Internal Server Error', 500))
  app.use(async (c, next) => {
    const ip = getConnInfo(c).remote.address ?? ''
    const decision = await decideRequest(gate, c.req.raw, { ip, bodyLimitBytes: BODY_LIMIT_BYTES })
    if ('denied' in decision) return refusalResponse(decision)
    c.set('principal', decision.allowed)
    return next()
  })
  app.all('/orders', async (c) => c.json(seenBy(c.get('principal'), new Uint8Array(await c.req.arrayBuffer()))))
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  if (!server.listening) await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: async () => server.close() }
})

test('a Request without a Host header or a length, and with a body that nobody signed', async () => {
  const keys = createMemoryKeySource()
  const pair = await newPair('ed25519')
  const record = newRecord(pair.verifying)
  keys.put(record)
  const gate = createGate({ keys })
  const url = 'https://api.example/orders?a=b'
  const sign = async (body?: string) => {
    const createdSeconds = Math.floor(Date.now() / 1000) + 1
    const what = { keyId: record.keyId, key: pair.signing, method: 'POST', url, createdSeconds, nonce: makeNonce() }
    return signRequestMessage({ ...what, ...(body !== undefined && { body }) })
  }
  const decide = async (headers: Record<string, string>, body?: string) => {
    const request = new Request(url, { method: 'POST', headers, ...(body !== undefined && { body }) })
    const decision = await decideRequest(gate, request, { ip: '203.0.113.7' })
    return { decision, text: await request.text() }
  }
  expect(await decide(await sign('order'), 'order')).toMatchObject({ decision: { allowed: {} }, text: 'order' })
  expect(await decide(await sign())).toMatchObject({ decision: { allowed: { keyId: record.keyId } } })
  expect(await decide(await sign(), 'order')).toMatchObject({
    decision: { denied: 'signature_coverage_insufficient', details: 'missing: content-digest' },
  })
  expect(await decide(await sign('order'), 'other')).toMatchObject({ decision: { denied: 'digest_mismatch' } })
})

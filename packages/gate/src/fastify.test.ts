import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { makeNonce, signRequestMessage } from '@countersign/protocol'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { BODY_LIMIT_BYTES, describeAdapter, seenBy } from '../test/adapter-contract.ts'
import { newPair, newRecord, signedHeaders } from '../test/fixtures.ts'
import { gatePlugin } from './fastify.ts'
import { createGate } from './gate.ts'
import { createMemoryKeySource } from './memory.ts'
import { createMemoryAdmission } from './memory-admission.ts'

describeAdapter('Fastify', async (gate) => {
  const app = Fastify({ bodyLimit: BODY_LIMIT_BYTES })
  await app.register(gatePlugin, { gate })
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) => body)
  app.get('/orders', async ({ principal }) => seenBy(principal, undefined))
  app.post<{ Body: Buffer | undefined }>('/orders', async ({ principal, body }) => seenBy(principal, body))
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
})

test('a route says itself what it needs, or that anybody may call it; what is beside the scope is not behind the gate', async () => {
  const keys = createMemoryKeySource()
  const pair = await newPair('ed25519')
  const reader = newRecord(pair.verifying, { scopes: ['read'] })
  keys.put(reader)
  const app = Fastify()
  app.get('/beside', async () => 'anybody')
  await app.register(async (scope) => {
    await scope.register(gatePlugin, { gate: createGate({ keys }) })
    const answer = async ({ principal }: { principal: { keyId: string } | undefined }) => principal?.keyId ?? 'nobody'
    scope.get('/balance', answer)
    scope.get('/transfers', { config: { gate: { scope: 'write::transfer' } } }, answer)
    scope.get('/health', { config: { gate: false } }, answer)
  })
  const ask = async (target: string, isSigned: boolean) => {
    const headers = isSigned ? await signedHeaders(reader, pair.signing, { target, timestampMs: Date.now() }) : {}
    const { statusCode, body } = await app.inject({ url: target, headers })
    return [statusCode, body.startsWith('{') ? JSON.parse(body).error.code : body]
  }
  expect(await ask('/beside', false)).toEqual([200, 'anybody'])
  expect(await ask('/health', false)).toEqual([200, 'nobody'])
  expect(await ask('/balance', false)).toEqual([401, 'token_authentication_failure'])
  expect(await ask('/balance', true)).toEqual([200, reader.keyId])
  expect(await ask('/transfers', true)).toEqual([403, 'insufficient_scope'])
  await app.close()
})

test('over HTTP/2 a body is read whatever its headers say of it, and the authority is what was signed', async () => {
  const keys = createMemoryKeySource()
  const pair = await newPair('ed25519')
  const record = newRecord(pair.verifying)
  keys.put(record)
  const app = Fastify({ http2: true, bodyLimit: 100 })
  await app.register(gatePlugin, { gate: createGate({ keys, admission: createMemoryAdmission({ startedAtMs: 0 }) }) })
  app.post('/orders', async ({ body }) => body ?? 'nothing')
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const client = connect(url)
  const { host } = new URL(url)

  const sign = async (body?: string, to = host) => {
    const what = { keyId: record.keyId, key: pair.signing, method: 'POST', url: `https://${to}/orders` }
    const once = { createdSeconds: Math.floor(Date.now() / 1000), nonce: makeNonce() }
    return signRequestMessage({ ...what, ...once, ...(body !== undefined && { body }) })
  }
  const post = (headers: Record<string, string>, body = '') => {
    const type = body === '' ? {} : { 'content-type': 'text/plain' }
    const stream = client.request({ ':method': 'POST', ':authority': host, ':path': '/orders', ...type, ...headers })
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    let status: number | undefined
    let text = ''
    stream.setEncoding('utf8').on('error', reject)
    stream.on('response', (answer) => {
      status = answer[':status']
    })
    stream.on('data', (chunk: string) => {
      text += chunk
    })
    stream.on('end', () => resolve(`${status} ${text.startsWith('{') ? JSON.parse(text).error.code : text}`))
    // Headers first, so that nothing but the stream says whether a body follows.
    stream.write(body.slice(0, 2), () => stream.end(body.slice(2)))
    return promise
  }

  expect(await post(await sign('one order'), 'one order')).toBe('200 one order')
  expect(await post({ ...(await sign('one order')), 'content-length': '9' }, 'one order')).toBe('200 one order')
  expect(await post(await sign())).toBe('200 nothing')
  expect(await post(await sign(), 'one order')).toBe('401 signature_coverage_insufficient')
  expect(await post(await sign('one order'), 'two order')).toBe('400 digest_mismatch')
  expect(await post(await sign('a'.repeat(101)), 'a'.repeat(101))).toBe('413 body_too_large')
  expect(await post(await sign(undefined, 'b.example'))).toBe('401 authentication_error')
  expect(await post({ ...(await sign(undefined, 'b.example')), host: 'b.example' })).toBe('400 bad_request')
  client.close()
  await app.close()
})

test('an injected request has a body too', async () => {
  const keys = createMemoryKeySource()
  const pair = await newPair('ed25519')
  const record = newRecord(pair.verifying)
  keys.put(record)
  const app = Fastify()
  await app.register(gatePlugin, { gate: createGate({ keys, admission: createMemoryAdmission({ startedAtMs: 0 }) }) })
  app.post('/orders', async ({ body }) => body)
  const inject = async (signed: string, payload: string) => {
    const what = {
      keyId: record.keyId,
      key: pair.signing,
      method: 'POST',
      url: 'https://a.example/orders',
      body: signed,
    }
    const signature = await signRequestMessage({
      ...what,
      createdSeconds: Math.floor(Date.now() / 1000),
      nonce: makeNonce(),
    })
    const headers = { ...signature, host: 'a.example', 'content-type': 'text/plain' }
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/orders', headers, payload })
    return [statusCode, statusCode === 200 ? body : JSON.parse(body).error.code]
  }
  expect(await inject('one order', 'one order')).toEqual([200, 'one order'])
  expect(await inject('one order', 'two order')).toEqual([400, 'digest_mismatch'])
  await app.close()
})

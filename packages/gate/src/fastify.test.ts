import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { BODY_LIMIT_BYTES, describeAdapter, seenBy } from '../test/adapter-contract.ts'
import { newPair, newRecord, signedHeaders } from '../test/fixtures.ts'
import { gatePlugin } from './fastify.ts'
import { createGate } from './gate.ts'
import { createMemoryKeySource } from './memory.ts'

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

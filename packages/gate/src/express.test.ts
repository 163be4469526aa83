import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import { expect, test } from 'vitest'
import { BODY_LIMIT_BYTES, describeAdapter, seenBy } from '../test/adapter-contract.ts'
import { newPair, newRecord, signedHeaders } from '../test/fixtures.ts'
import { type Answer, send } from '../test/send.ts'
import { gateMiddleware } from './express.ts'
import { createGate } from './gate.ts'
import type { Gate } from './gate-interface.ts'
import { createMemoryKeySource } from './memory.ts'

describeAdapter('Express', async (gate) => {
  const app = express()
  app.use(gateMiddleware({ gate, bodyLimitBytes: BODY_LIMIT_BYTES }))
  app.use(express.raw({ type: () => true, limit: BODY_LIMIT_BYTES }))
  app.all('/orders', (request, response) => {
    const { body } = request as { body: unknown }
    response.json(seenBy(request.principal, Buffer.isBuffer(body) ? body : undefined))
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: async () => server.close() }
})

test('under a mount point, with a rule of the route; after a parser of bodies it fails and says why', async () => {
  const keys = createMemoryKeySource()
  const pair = await newPair('ed25519')
  const record = newRecord(pair.verifying, { scopes: ['read', 'write::trade'] })
  keys.put(record)
  const gate = createGate({ keys })
  const app = express()
  const faults: unknown[] = []
  const remember: ErrorRequestHandler = (fault, _, response, __) => {
    faults.push(fault)
    response.sendStatus(500)
  }
  const routes = express.Router()
  routes.post('/trades', gateMiddleware({ gate, rule: { scope: 'write::trade' } }), (_, response) => {
    response.sendStatus(204)
  })
  routes.post('/transfers', gateMiddleware({ gate, rule: { scope: 'write::transfer' } }), (_, response) => {
    response.sendStatus(204)
  })
  routes.post('/late', express.json(), gateMiddleware({ gate, rule: { scope: 'write::trade' } }))
  app.use('/v2', routes, remember)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const post = async (target: string): Promise<Answer> => {
    const signed = await signedHeaders(record, pair.signing, { method: 'POST', target, timestampMs: Date.now() })
    const headers = { ...signed, 'content-type': 'application/json' }
    return send(port, { method: 'POST', target, headers, body: [Buffer.from('{}')] })
  }
  expect((await post('/v2/trades')).status).toBe(204)
  expect((await post('/v2/transfers')).status).toBe(403)
  expect(faults).toEqual([])
  expect((await post('/v2/late')).status).toBe(500)
  expect(faults).toMatchObject([
    { message: 'the gate could not decide', cause: { message: expect.stringContaining('before what parses bodies') } },
  ])
  server.close()
})

test('what is neither allowed nor denied lets nothing pass', () => {
  const gate = { decide: () => ({}), recheck: () => undefined } as unknown as Gate
  const request = { rawHeaders: [], originalUrl: '/', socket: {} } as unknown as Request
  let isPassed = false
  const pass = () => {
    isPassed = true
  }
  expect(() => gateMiddleware({ gate })(request, {} as Response, pass)).toThrow(TypeError)
  expect(isPassed).toBe(false)
})

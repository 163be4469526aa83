import { createGate } from '@countersign/gate'
import { gatePlugin } from '@countersign/gate/fastify'
import { openKeySource } from '@countersign/server'
import Fastify from 'fastify'

const app = Fastify()
const keys = await openKeySource('sqlite:data/countersign.db')
await app.register(gatePlugin, { gate: createGate({ keys }) })
app.get('/portfolio/balance', ({ principal }) => ({ balance: 10_000, account: principal?.accountId }))
app.post('/portfolio/orders', ({ principal, body }) => ({ order: body, key: principal?.keyId }))
await app.listen({ port: 3000 })

import { createGate } from '@countersign/gate'
import { gateMiddleware } from '@countersign/gate/express'
import { openKeySource } from '@countersign/server'
import express from 'express'

const app = express()
const keys = await openKeySource('sqlite:data/countersign.db')
app.use(gateMiddleware({ gate: createGate({ keys }) }), express.json())
app.get(
  '/portfolio/balance',
  ({ principal }, reply) => void reply.json({ balance: 10_000, account: principal?.accountId }),
)
app.post('/portfolio/orders', ({ principal, body }, reply) => void reply.json({ order: body, key: principal?.keyId }))
app.listen(3000, '127.0.0.1')

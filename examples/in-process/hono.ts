import { createGate, type Principal } from '@countersign/gate'
import { decideRequest, refusalResponse } from '@countersign/gate/fetch'
import { openKeySource } from '@countersign/server'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono } from 'hono'

const gate = createGate({ keys: await openKeySource('sqlite:data/countersign.db') })
const app = new Hono<{ Variables: { principal: Principal | undefined } }>()
app.use(async (c, next) => {
  const decision = await decideRequest(gate, c.req.raw, { ip: getConnInfo(c).remote.address ?? '' })
  if ('denied' in decision) return refusalResponse(decision)
  c.set('principal', decision.allowed)
  return next()
})
app.get('/portfolio/balance', (c) => c.json({ balance: 10_000, account: c.get('principal')?.accountId }))
app.post('/portfolio/orders', async (c) => c.json({ order: await c.req.json(), key: c.get('principal')?.keyId }))
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 3000 })

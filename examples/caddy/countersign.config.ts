import { defineConfig } from '@countersign/server'

export default defineConfig({
  authorize: { source: 'caddy' },
  // Where caddy asks from. What it says of a caller's address counts; nobody else may ask.
  trustedProxies: ['127.0.0.1'],
  rules: [
    // For everybody, signed or not: the API is told of no caller.
    { match: 'GET /exchange/status', public: true },
    { match: 'GET /portfolio/balance', scope: 'read::portfolio_balance' },
    { match: 'POST /portfolio/orders', scope: 'write::trade', query: 'refuse' },
    { match: 'GET /**', scope: 'read' },
    // The upgrade to a WebSocket. What goes over it afterwards is not signed.
    { match: 'GET /trade-api/ws/v2', under: 'root', scope: 'read' },
  ],
})

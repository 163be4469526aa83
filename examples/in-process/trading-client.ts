// What a trading client does: reads a balance, places an order, and listens to its fills until Ctrl-C.
// COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE node trading-client.ts [API] [STREAM]
import { readFileSync } from 'node:fs'
import { createSignedFetch, createUpgradeSigner } from '@countersign/client'
import { WebSocket } from 'ws'

const { COUNTERSIGN_KEY_ID: keyId = '', COUNTERSIGN_KEY_FILE: keyFile = '' } = process.env
const [api = 'http://127.0.0.1:3000', stream = 'ws://127.0.0.1:3001/fills'] = process.argv.slice(2)
const key = { keyId, privateKey: readFileSync(keyFile, 'utf8'), profile: 'access-headers' } as const

const signedFetch = createSignedFetch({ ...key, baseUrl: api })
const balance = await signedFetch('/portfolio/balance')
console.log('balance', balance.status, await balance.text())
const order = await signedFetch('/portfolio/orders', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ ticker: 'RAIN-26', side: 'buy', count: 10 }),
})
console.log('order', order.status, await order.text())

const socket = new WebSocket(stream, { headers: await createUpgradeSigner(key)(stream) })
socket.on('open', () => console.log('stream open'))
socket.on('message', (message) => console.log('stream', String(message)))
socket.on('unexpected-response', (_, { statusCode }) => console.log('stream refused', statusCode))
socket.on('close', (code, reason) => console.log('stream closed', code, String(reason)))

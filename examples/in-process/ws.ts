import { createServer } from 'node:http'
import { createGate } from '@countersign/gate'
import { gateUpgrades, isWebSocketUpgrade, principalOf } from '@countersign/gate/ws'
import { openKeySource } from '@countersign/server'
import { WebSocketServer } from 'ws'

const gate = createGate({ keys: await openKeySource('sqlite:data/countersign.db') })
const sockets = new WebSocketServer({ noServer: true })
sockets.on('connection', (socket) => {
  socket.send(JSON.stringify({ channel: 'fills', account: principalOf(socket)?.accountId }))
})
const server = createServer({ shouldUpgradeCallback: isWebSocketUpgrade }, (_, response) => {
  response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade' }).end()
})
server.on('upgrade', gateUpgrades(sockets, { gate })).listen(3001, '127.0.0.1')

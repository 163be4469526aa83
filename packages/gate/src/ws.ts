import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import { settle } from './and-then.ts'
import { type Denied, denied, type Principal } from './decision.ts'
import { GateFault } from './gate-fault.ts'
import type { Gate } from './gate-interface.ts'
import { toGateRequest } from './node-request.ts'
import { createOpenSockets } from './open-sockets.ts'
import { refusalReply } from './refusal-reply.ts'
import type { Rule } from './rules.ts'

/** How upgrades are decided. */
export interface GateUpgradesOptions {
  readonly gate: Gate
  /** What an upgrade needs. It replaces the gate's own rules. */
  readonly rule?: Rule
  /** The caller's address, if a proxy stands before the server; the peer's if absent. */
  readonly ipOf?: (request: IncomingMessage) => string
  /** Between two checks of open sockets' keys, in milliseconds; 250 by default. */
  readonly recheckEveryMs?: number
  /** Called with faults, which the caller sees as a 500; the console gets them if absent. */
  readonly faulted?: (fault: GateFault) => void
}

/** A listener for `upgrade` of a node:http server. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/**
 * Whether a request asks for an upgrade to WebSocket, for `shouldUpgradeCallback` of node:http. Without it, node:http
 * treats every request with `Upgrade` as an upgrade when there is a listener, also the `h2c` that Java's HttpClient
 * sends on each call over plain HTTP. With it, such a request is answered like any other.
 */
export function isWebSocketUpgrade({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/** The answer to an upgrade that is not to WebSocket: node:http has given up the request. */
const OTHER_UPGRADE = denied('request_malformed', 'the only upgrade here is to websocket')

/**
 * Lets a `WebSocketServer` with `noServer` open only what the gate allows: `server.on('upgrade', gateUpgrades(sockets,
 * { gate }))`, on a server made with `shouldUpgradeCallback: isWebSocketUpgrade`. A refusal answers the upgrade itself,
 * as the table says. A signature opens one socket. `connection` has the principal as its third argument, `undefined` if
 * a public rule let it in. A socket is closed with 1008 when its key stops being valid, and with 1013 when that can no
 * longer be known.
 */
export function gateUpgrades(sockets: WebSocketServer, options: GateUpgradesOptions): UpgradeListener {
  const { gate, rule, ipOf, recheckEveryMs = 250, faulted = (fault) => console.error(fault) } = options
  const open = createOpenSockets(recheckEveryMs, report)

  function report(fault: unknown): void {
    faulted(new GateFault(fault))
  }

  return (raw, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (!isWebSocketUpgrade(raw)) return refuse(socket, OTHER_UPGRADE)
    const asSent = toGateRequest(raw)
    const request = ipOf ? { ...asSent, ip: ipOf(raw) } : asSent
    settle(
      gate.decide(request, rule),
      (decision) => {
        if (!('allowed' in decision)) return refuse(socket, decision)
        const principal = decision.allowed
        sockets.handleUpgrade(raw, socket, head, (webSocket: WebSocket) => {
          if (principal) {
            principals.set(webSocket, principal)
            open.add(webSocket, () => gate.recheck(principal, request, rule))
          }
          sockets.emit('connection', webSocket, raw, principal)
        })
      },
      (fault: unknown) => {
        refuse(socket, denied('internal_error'))
        report(fault)
      },
    )
  }
}

const principals = new WeakMap<WebSocket, Principal>()

/** The principal who opened a socket, `undefined` if no gate or a public rule let it in. */
export function principalOf(socket: WebSocket): Principal | undefined {
  return principals.get(socket)
}

function refuse(socket: Duplex, refusal: Denied): void {
  const { status, headers, body } = refusalReply(refusal)
  const lines = Object.entries({ ...headers, 'content-length': `${body.length}`, connection: 'close' })
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines.map(([name, value]) => `${name}: ${value}`)]
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { addressPrefix } from '@countersign/gate'
import type { Logger } from 'pino'
import { createSeldomWarning } from '../observe/warn-seldom.ts'
import type { TrustedProxies } from './client-address.ts'

/** The most connections of one server. */
export interface ConnectionLimits {
  /** Connections at once. */
  readonly max: number
  /** Connections of one address (IPv6: one /64) that is not a trusted proxy's. */
  readonly perAddress: number
}

/** Why a connection was refused or ended. */
export type ConnectionRefusal = 'full' | 'strangers' | 'address' | 'pipelined' | 'unread'

/** The connections of one server, bounded and counted. */
export interface ConnectionLimit {
  /** Bounds a server that does not listen yet. */
  guard(server: Server): void
  /** Counts a connection that was ended for its behaviour. */
  ended(why: 'pipelined' | 'unread'): void
  use(): ConnectionUse
}

/** The figures of a server's connections. */
export interface ConnectionUse {
  readonly open: number
  readonly max: number
  /** Connections that were refused or ended since the start, by reason. */
  readonly refused: ReadonlyMap<ConnectionRefusal, number>
}

/** The part of a server's connections that peers may have if they are not trusted proxies. */
const STRANGERS_SHARE = 0.75

/** The log warns from this part of the connections on. */
const WARN_AT = 0.8

/**
 * Bounds the connections of a server: all together, those of peers that are not trusted proxies, and those of each of
 * their addresses. So strangers leave a quarter to the proxies, and enough descriptors to the rest of the process.
 */
export function createConnectionLimit(
  { max, perAddress }: ConnectionLimits,
  proxies: TrustedProxies,
  log: Logger,
): ConnectionLimit {
  const strangersMax = Math.max(1, Math.floor(max * STRANGERS_SHARE))
  const refused = new Map<ConnectionRefusal, number>()
  const ofAddress = new Map<string, number>()
  let open = 0
  let strangers = 0
  const warn = createSeldomWarning(log)

  function refuse(why: ConnectionRefusal): void {
    refused.set(why, (refused.get(why) ?? 0) + 1)
    warn({ open, max, why, refused: Object.fromEntries(refused) }, 'connections are refused or ended')
  }

  function take(socket: Socket): void {
    open++
    if (open >= max * WARN_AT) warn({ open, max }, 'most connections are taken')
    socket.once('close', () => open--)
    const peer = socket.remoteAddress
    // It was closed before it was looked at.
    if (peer === undefined) return void socket.destroy()
    if (proxies.includes(peer)) return
    const address = addressPrefix(peer)
    const before = ofAddress.get(address) ?? 0
    if (before >= perAddress || strangers >= strangersMax) {
      refuse(before >= perAddress ? 'address' : 'strangers')
      socket.destroy()
      return
    }
    strangers++
    ofAddress.set(address, before + 1)
    socket.once('close', () => {
      strangers--
      const left = (ofAddress.get(address) ?? 1) - 1
      if (left > 0) ofAddress.set(address, left)
      else ofAddress.delete(address)
    })
  }

  return {
    guard(server) {
      server.maxConnections = max
      server.on('connection', take)
      server.on('drop', () => refuse('full'))
    },
    ended: refuse,
    use: () => ({ open, max, refused }),
  }
}

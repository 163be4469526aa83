import { isIP } from 'node:net'
import { createClient } from '@redis/client'
import type { Address } from './address.ts'
import { inTime } from './in-time.ts'

/** Longer than a name look-up, a TLS handshake, and signing in take. */
export const CONNECT_WITHIN_MS = 2_000
/** The most commands that wait to be written. Requests are batched, so there are few. */
const MAX_QUEUED = 1_000

/** What is sent: texts, and bytes as they are. */
export type Argument = string | Buffer

/** A connection to one server. It is never made again: whoever holds it opens another when it has ended. */
export interface ServerConnection {
  /** Sends a command. It rejects with Redis' error, or because the connection ended; never with a time limit. */
  send(command: readonly Argument[]): Promise<unknown>
  /** Ends it at once. Calls that wait reject. */
  destroy(): void
}

/**
 * Connects and signs in.
 *
 * @param onEnd called once when the connection has ended by itself
 */
export async function connectTo(
  address: Address,
  onEnd: (error: unknown) => void,
  withinMs: number = CONNECT_WITHIN_MS,
): Promise<ServerConnection> {
  const { host, port, isTls, tls, username, password, database } = address
  const client = createClient({
    RESP: 2,
    username,
    password,
    database,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_QUEUED,
    maintNotifications: 'disabled',
    disableClientInfo: true,
    // Each of ours has one limit for a whole batch: the library's would be a signal for each command.
    commandOptions: { timeout: undefined },
    socket: {
      host,
      port,
      connectTimeout: withinMs,
      reconnectStrategy: false,
      ...(isTls ? { tls: true as const, ...tls, ...(isIP(host) === 0 ? { servername: host } : undefined) } : undefined),
    },
  } as Parameters<typeof createClient>[0])
  let hasEnded = false
  const end = (error: unknown) => {
    if (hasEnded) return
    hasEnded = true
    if (isReady) onEnd(error)
  }
  let isReady = false
  client.on('error', end)
  client.on('terminated', end)
  try {
    await inTime(client.connect(), withinMs)
  } catch (error) {
    hasEnded = true
    if (client.isOpen) client.destroy()
    throw error
  }
  isReady = true
  return {
    send: (command) => client.sendCommand(command as Argument[]),
    destroy() {
      hasEnded = true
      if (client.isOpen) client.destroy()
    },
  }
}

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a TCP server that a test can close, open, and leave without an answer. */
export interface TcpProxy {
  readonly port: number
  /** Cuts all connections and takes no new ones. */
  cut(): Promise<void>
  /** Takes connections and keeps them, old ones too, but passes nothing on. */
  stall(): void
  /** Passes everything on again. */
  restore(): Promise<void>
  close(): Promise<void>
}

/** Starts a proxy before a server on loopback. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let isStalled = false
  const server = createServer((incoming) => {
    const outgoing = connect(targetPort, '127.0.0.1')
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => isStalled || to.write(chunk))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const cut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen(0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { port } = address
  return {
    port,
    cut,
    stall: () => {
      isStalled = true
    },
    async restore() {
      isStalled = false
      if (!server.listening) await listen(port)
    },
    close: cut,
  }
}

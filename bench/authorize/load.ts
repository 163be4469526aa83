import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What one round saw. */
export interface Load {
  readonly requestsPerSecond: number
  /** Milliseconds from sending a request to having its whole answer, one for each. */
  readonly latenciesMs: Float64Array
}

const ALLOWED = Buffer.from('HTTP/1.1 200 ')
const END = Buffer.from('\r\n\r\n')

/**
 * Sends each request once over so many connections, one at a time on each of them, and expects a 200 without a body.
 *
 * @throws Error where another answer comes
 */
export async function sendAll(port: number, requests: readonly Buffer[], connections: number): Promise<Load> {
  const sockets = Array.from({ length: connections }, () => connect({ host: '127.0.0.1', port, noDelay: true }))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const latenciesMs = new Float64Array(requests.length)
  let next = 0
  const startedAt = performance.now()
  await Promise.all(sockets.map((socket) => drive(socket, () => (next < requests.length ? next++ : undefined))))
  const seconds = (performance.now() - startedAt) / 1000
  for (const socket of sockets) socket.destroy()
  return { requestsPerSecond: requests.length / seconds, latenciesMs }

  function drive(socket: Socket, take: () => number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let sent = 0
      let sentAt = 0
      const sendNext = () => {
        const index = take()
        const bytes = index === undefined ? undefined : requests[index]
        if (index === undefined || !bytes) return resolve()
        sent = index
        sentAt = performance.now()
        socket.write(bytes)
      }
      socket.on('data', (answer: Buffer) => {
        latenciesMs[sent] = performance.now() - sentAt
        const isWhole = answer.subarray(-END.length).equals(END)
        if (isWhole && answer.subarray(0, ALLOWED.length).equals(ALLOWED)) sendNext()
        else reject(new Error(`unexpected answer:\n${answer.toString('latin1')}`))
      })
      socket.once('error', reject)
      socket.once('end', () => reject(new Error('the server closed a connection')))
      sendNext()
    })
  }
}

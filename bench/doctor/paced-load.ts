import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A stream of requests at a steady rate, whatever the answers take. */
export interface Stream {
  readonly requests: readonly Buffer[]
  readonly perSecond: number
  readonly connections: number
}

/** What came of a stream. */
export interface Paced {
  /** From the moment at which each request was due to having its whole answer, in milliseconds. */
  readonly latenciesMs: readonly number[]
  /** How often each status came. */
  readonly statuses: ReadonlyMap<number, number>
}

/** Sends a stream; requests are sent again from the first where there are too few. */
export async function sendPaced(
  port: number,
  { requests, perSecond, connections }: Stream,
  seconds: number,
): Promise<Paced> {
  const sockets = Array.from({ length: connections }, () => connect({ host: '127.0.0.1', port, noDelay: true }))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const latenciesMs: number[] = []
  const statuses = new Map<number, number>()
  const total = Math.round(perSecond * seconds)
  const startedAt = performance.now()
  const dueAt = (index: number) => startedAt + (index * 1000) / perSecond
  const free = [...sockets]
  let next = 0
  let open = 0
  await new Promise<void>((resolve, reject) => {
    const pump = () => {
      while (next < total && dueAt(next) <= performance.now() && free.length > 0) {
        const socket = free.pop()
        const request = requests[next % requests.length]
        if (!socket || !request) break
        const due = dueAt(next++)
        open++
        ask(socket, request).then((status) => {
          latenciesMs.push(performance.now() - due)
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
          free.push(socket)
          open--
          if (next === total && open === 0) resolve()
        }, reject)
      }
      if (next < total) setTimeout(pump, 0.5)
    }
    pump()
  })
  for (const socket of sockets) socket.destroy()
  return { latenciesMs, statuses }
}

/** Sends each request once, each of the connections one after the other, as fast as answers come. */
export async function sendFast(port: number, requests: readonly Buffer[], connections: number): Promise<Paced> {
  return sendPaced(port, { requests, perSecond: 1e9, connections }, requests.length / 1e9)
}

/** The status of the answer, once all of it has come. */
function ask(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const take = (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      const end = answer.indexOf('\r\n\r\n')
      if (end === -1) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(answer)?.[1] ?? 0)
      if (answer.length < end + 4 + length) return
      socket.off('data', take).off('error', reject)
      resolve(Number(answer.slice(9, 12)))
    }
    socket.on('data', take).once('error', reject)
    socket.write(request)
  })
}

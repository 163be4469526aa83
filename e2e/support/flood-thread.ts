/** A thread that floods a data plane with junk, from an event loop of its own, until it is told to stop. */
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/** What is sent. */
export interface Flood {
  readonly port: number
  /** The key that all junk names; each names another that nobody has, where absent. */
  readonly keyId?: string
  /** Connections, with one question under way on each. */
  readonly connections: number
  /** Whether each question comes from another address than the one before, too many of them to refuse by address. */
  readonly isFromEverywhere: boolean
}

/** A flood that is under way. */
export interface RunningFlood {
  /** Stops it; how many questions were answered, none of them with a 200. */
  stop(): Promise<number>
}

/** Starts it, and returns once it is answered. */
export async function startFlood(flood: Flood): Promise<RunningFlood> {
  const worker = new Worker(new URL(import.meta.url), { workerData: flood })
  const failed = once(worker, 'error').then(([fault]) => Promise.reject(fault))
  await Promise.race([once(worker, 'message'), failed])
  return {
    async stop() {
      const answered = Promise.race([once(worker, 'message'), failed])
      worker.postMessage('stop')
      const [count] = await answered
      return Number(count)
    },
  }
}

async function run(flood: Flood): Promise<number> {
  let isStopped = false
  let sent = 0
  let answered = 0
  parentPort?.once('message', () => {
    isStopped = true
  })
  await Promise.all(
    Array.from({ length: flood.connections }, async () => {
      const socket = connect({ host: '127.0.0.1', port: flood.port, noDelay: true })
      await once(socket, 'connect')
      while (!isStopped) {
        socket.write(junk(flood, sent++))
        const [answer] = await once(socket, 'data')
        if (String(answer).startsWith('HTTP/1.1 200')) throw new Error('junk was allowed')
        if (answered++ === 0) parentPort?.postMessage('answered')
      }
      socket.destroy()
    }),
  )
  return answered
}

function junk({ keyId = randomUUID(), isFromEverywhere }: Flood, i: number): string {
  const ip = isFromEverywhere ? `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::1` : '198.51.100.9'
  return [
    'GET /authorize HTTP/1.1',
    'Host: countersign',
    'X-Original-Method: GET',
    'X-Original-URI: /orders',
    `X-Forwarded-For: ${ip}`,
    `KALSHI-ACCESS-KEY: ${keyId}`,
    `KALSHI-ACCESS-TIMESTAMP: ${Date.now()}`,
    `KALSHI-ACCESS-SIGNATURE: ${randomBytes(64).toString('base64')}`,
    '',
    '',
  ].join('\r\n')
}

if (!isMainThread && parentPort) {
  parentPort.postMessage(await run(workerData as Flood))
  parentPort.close()
}

/** A thread: a way to a PostgreSQL on loopback that delays its answers. */
import { connect, createServer } from 'node:net'
import { parentPort, Worker, workerData } from 'node:worker_threads'

/** A running proxy. */
export interface SlowProxy {
  readonly port: number
  /** From now on, answers come so much later. */
  delay(ms: number): void
  close(): Promise<unknown>
}

/** Starts one in a thread of its own, so that no other work delays what it passes on. */
export async function startSlowProxy(targetPort: number): Promise<SlowProxy> {
  const delayMs = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL(import.meta.url), { workerData: { targetPort, delayMs } })
  const port = await new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject))
  return { port, delay: (ms) => Atomics.store(delayMs, 0, ms), close: () => worker.terminate() }
}

if (parentPort) {
  const { targetPort, delayMs } = workerData as { readonly targetPort: number; readonly delayMs: Int32Array }
  const server = createServer({ noDelay: true }, (incoming) => {
    const outgoing = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
    incoming.on('data', (chunk) => outgoing.write(chunk))
    outgoing.on('data', (chunk) => {
      const ms = Atomics.load(delayMs, 0)
      if (ms > 0) setTimeout(() => incoming.write(chunk), ms)
      else incoming.write(chunk)
    })
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      one.on('error', () => undefined).on('close', () => other.destroy())
    }
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address && typeof address === 'object') parentPort?.postMessage(address.port)
  })
}

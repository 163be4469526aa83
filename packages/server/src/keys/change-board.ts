import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { KeyCache, KeyChange } from '@countersign/gate'

/**
 * Makes key changes known to other threads of this process at once. Whoever reads the board after `announce` returned sees
 * the change: it waits in the reader's port before the shared number says that there is something to read, so no thread
 * has to be waited for.
 */
export interface ChangeBoard {
  announce(change: KeyChange): void
  /** What another thread needs to read the board; the port is to be transferred to it. */
  addReader(): ChangeBoardSeat
  /** How many threads read it. */
  readonly readers: number
}

/** One thread's place at the board; plain data but for the port. */
export interface ChangeBoardSeat {
  readonly announced: SharedArrayBuffer
  readonly port: MessagePort
}

/** A board without readers. */
export function createChangeBoard(): ChangeBoard {
  const announced = new SharedArrayBuffer(4)
  const number = new Int32Array(announced)
  const ports = new Set<MessagePort>()
  return {
    get readers() {
      return ports.size
    },
    announce(change) {
      for (const port of ports) port.postMessage(change)
      Atomics.add(number, 0, 1)
    },
    addReader() {
      const { port1, port2 } = new MessageChannel()
      port1.unref()
      ports.add(port1)
      // The reader's thread has ended.
      port1.once('close', () => ports.delete(port1))
      return { announced, port: port2 }
    },
  }
}

/** Applies to this thread's cache what was announced since the last call; costs next to nothing where nothing was. */
export function readChangeBoard({ announced, port }: ChangeBoardSeat): (cache: KeyCache) => void {
  const number = new Int32Array(announced)
  let seen = 0
  return (cache) => {
    const latest = Atomics.load(number, 0)
    if (latest === seen) return
    seen = latest
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      cache.apply([next.message as KeyChange])
    }
  }
}

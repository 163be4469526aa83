import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { KeyCache, KeyChange } from '@countersign/gate'

/**
 * Passes key changes to other threads of this process at once. A thread that reads the board after `announce` returned
 * sees the change: the change waits in the reader's port before the shared number shows it. So no thread is waited for.
 */
export interface ChangeBoard {
  announce(change: KeyChange): void
  /** What another thread needs to read the board. The port must be transferred to it. */
  addReader(): ChangeBoardSeat
  /** How many threads read it. */
  readonly readers: number
}

/** One thread's side of the board: plain data except for the port. */
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

/** Applies the changes since the last call to this thread's cache. Without changes this costs almost nothing. */
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

/**
 * Loaded into the threads of a server by `--import`, so that a test can make one of them fail: no way in of the server's own.
 * In a process of its own, SIGUSR2 does what the environment variable THREAD_FAULT says (`throw:1`), and standard error tells when
 * the process hears SIGTERM.
 */
import { BroadcastChannel, isMainThread, parentPort } from 'node:worker_threads'

/** How a thread fails: it throws, ends, stands still, or fills its heap. */
export type ThreadFault = 'throw' | 'exit' | 'stall' | 'exhaust'

interface FaultMessage {
  readonly row: number
  readonly fault: ThreadFault
}

/** The line that tells so. */
export const HEARS_SIGTERM = 'this process hears SIGTERM'

const CHANNEL = 'countersign-thread-faults'

/** The arguments of a thread that can be made to fail. */
export const FAULTY_ARGUMENTS = ['--import', import.meta.url]

/** Makes the data-plane thread in a row fail, in this process. */
export function failThread(row: number, fault: ThreadFault): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.postMessage({ row, fault } satisfies FaultMessage)
  channel.close()
}

const DO: Readonly<Record<ThreadFault, () => void>> = {
  throw: () => {
    throw new Error('a fault of the test')
  },
  exit: () => process.exit(7),
  stall: () => {
    // Neither sleeps nor waits: what stands still in life computes.
    while (true) Math.hypot(1, 2)
  },
  exhaust: () => {
    const held: unknown[] = []
    while (true) held.push(Array.from({ length: 1_000 }, (_, i) => ({ i })))
  },
}

if (!isMainThread && parentPort) {
  let row: number | undefined
  // A thread learns its row with its start, the only message that it waits for with `once`.
  const once = parentPort.once.bind(parentPort)
  const onceWithRow = (name: string, listener: (message: unknown) => void) =>
    once(name, (message: { start?: { row?: number } }) => {
      row = message.start?.row
      listener(message)
    })
  parentPort.once = onceWithRow as typeof parentPort.once
  const channel = new BroadcastChannel(CHANNEL)
  channel.onmessage = (event) => {
    const { row: meant, fault } = (event as unknown as { data: FaultMessage }).data
    if (meant === row) setImmediate(DO[fault])
  }
  channel.unref()
}

const { THREAD_FAULT = '' } = process.env
if (isMainThread && THREAD_FAULT !== '') {
  const [fault = 'throw', of = '1'] = THREAD_FAULT.split(':') as [ThreadFault, string]
  process.on('SIGUSR2', () => failThread(Number(of), fault))
  process.on('newListener', (name) => {
    if (name === 'SIGTERM') setImmediate(() => process.stderr.write(`${HEARS_SIGTERM}\n`))
  })
}

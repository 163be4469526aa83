/** A process that floods a data plane with junk until it is told to stop. */
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

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
  const program = [process.execPath, fileURLToPath(import.meta.url), JSON.stringify(flood)]
  // An attacker has processors of their own: this one takes what server and victim leave, and yields at once.
  const [command = '', ...words] = process.platform === 'linux' ? ['chrt', '--idle', '0', ...program] : program
  const child = spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the flood ended by itself')))
  await Promise.race([once(child, 'message'), ended])
  return {
    async stop() {
      const answered = Promise.race([once(child, 'message'), ended])
      child.send('stop')
      const [count] = await answered
      ended.catch(() => undefined)
      return Number(count)
    },
  }
}

async function run(flood: Flood): Promise<number> {
  let isStopped = false
  let sent = 0
  let answered = 0
  process.once('message', () => {
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
        if (answered++ === 0) process.send?.('answered')
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

const [, , given = ''] = process.argv
if (given.startsWith('{')) {
  const answered = await run(JSON.parse(given) as Flood)
  process.send?.(answered)
  process.disconnect?.()
}

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AttackedServer, STRANGER, startAttackedServer } from './support/attacked-server.ts'
import { authorize } from './support/honest-caller.ts'
import { attackMs } from './support/length.ts'
import { runAttack } from './support/run-attack.ts'

const LASTS_MS = attackMs(3_000, 60_000)

let server: AttackedServer
beforeEach(async () => {
  server = await startAttackedServer()
})
afterEach(() => server?.close())

test('a stranger who sends requests ahead and reads no answer: /openapi.json on the control port', async () => {
  const requests = 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_400)
  await runAttack(server, sendAhead('port', 30, requests), { name: 'control', lastsMs: LASTS_MS, growthMiB: 256 })
})

test('the same on the data port, with 200 connections', async () => {
  const requests = 'GET / HTTP/1.1\r\n\r\n'.repeat(3_640)
  await runAttack(server, sendAhead('authorizePort', 200, requests), {
    name: 'data',
    lastsMs: LASTS_MS,
    growthMiB: 256,
  })
})

test('a stranger who sends as much ahead as is answered, and reads no answer', async () => {
  const requests = 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(16)
  await runAttack(server, sendAhead('port', 100, requests), { name: '16 ahead', lastsMs: LASTS_MS, growthMiB: 256 })
})

test('strangers who hold as many connections as there are on the control port leave the data port its own', async () => {
  const small = await startAttackedServer({ openFiles: 256 })
  try {
    const held = await Promise.all(Array.from({ length: 400 }, () => open(small.port)))
    for (let i = 0; i < 20; i++) expect((await authorize(small)).status).toBe(200)
    for (const socket of held) socket.destroy()
    expect(small.log()).toContain('most connections are taken')
  } finally {
    await small.close()
  }
})

/** Keeps so many connections that each send these bytes once and read nothing; one that is closed is opened again. */
function sendAhead(port: 'port' | 'authorizePort', connections: number, bytes: string) {
  return async (attacked: AttackedServer, signal: AbortSignal) => {
    await Promise.all(
      Array.from({ length: connections }, async () => {
        while (!signal.aborted) {
          const socket = await open(attacked[port])
          socket.write(bytes)
          const closed = once(socket, 'close')
          await Promise.race([closed, once(signal, 'abort')])
          socket.destroy()
          // A stranger is as fast as its network, and this one shares the machine with the server.
          await sleep(100)
        }
      }),
    )
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: STRANGER }).on('error', () => undefined)
  socket.pause()
  await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  return socket
}

import { afterEach, expect, test } from 'vitest'
import { accessHeaders } from '../support/key-holder.ts'
import { askAuthorize } from '../support/question.ts'
import { type AttackedServer, startAttackedServer } from './support/attacked-server.ts'
import { attackMs } from './support/length.ts'
import { runAttack } from './support/run-attack.ts'

const LASTS_MS = attackMs(3_000, 60_000)
const COPIES = 20

let server: AttackedServer
afterEach(() => server?.close())

test('a signature of an Ed25519 key opens one WebSocket, however often the upgrade is sent', async () => {
  server = await startAttackedServer()
  const opened: number[] = []
  const refusals = new Set<string>()
  const replay = async ({ authorizePort, attacker }: AttackedServer, signal: AbortSignal) => {
    while (!signal.aborted) {
      const headers = { ...accessHeaders(attacker, 'GET', '/ws'), 'X-Original-Upgrade': 'websocket' }
      const copies = Array.from({ length: COPIES }, () => askAuthorize(authorizePort, { target: '/ws', headers }))
      const said = await Promise.all(copies)
      opened.push(said.filter(({ status }) => status === 200).length)
      for (const { status, refusal } of said) if (status !== 200) refusals.add(`${status} ${refusal}`)
    }
  }
  await runAttack(server, replay, { name: 'upgrades', lastsMs: LASTS_MS, growthMiB: 128 })
  console.log(
    `  ${opened.length} signatures, ${COPIES} copies each: ${opened.reduce((sum, it) => sum + it, 0)} sockets`,
  )
  expect(Math.max(...opened)).toBe(1)
  // The attacker's bucket is empty after some sockets; nothing else refuses a copy.
  const expected = /SIGNATURE_ALREADY_USED|^429 /
  expect([...refusals].filter((it) => !expected.test(it))).toEqual([])
})

import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../packages/server/test/fresh-database.ts'
import { eventually } from '../support/eventually.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { type AttackedServer, startAttackedServer } from './support/attacked-server.ts'
import { authorize, revoke } from './support/honest-caller.ts'
import { attackMs } from './support/length.ts'
import { runAttackOn } from './support/run-attack.ts'

/** Less than the 30 s for which keys count that were read before. */
const LASTS_MS = attackMs(7_000, 25_000)
const SOON_MS = 30_000

let database: FreshDatabase
let proxy: TcpProxy
let server: AttackedServer
beforeEach(async () => {
  database = await freshDatabase('postgres')
  proxy = await startTcpProxy(Number(new URL(database.url).port))
  server = await startAttackedServer({ databaseUrl: database.url, route: through(proxy) })
})
afterEach(async () => {
  await proxy?.cut()
  await server?.close()
  await database?.remove()
})

test('a PostgreSQL that takes connections and does not answer: cached keys are decided, as quickly as before', async () => {
  const stall = async (_: AttackedServer, signal: AbortSignal) => {
    proxy.stall()
    await once(signal, 'abort')
    await proxy.cut()
    await proxy.restore()
  }
  const calls = { authorize: () => authorize(server) }
  const options = { name: 'silent database', lastsMs: LASTS_MS, growthMiB: 128 }
  const { quiet, attacked } = await runAttackOn(server, stall, calls, options)
  // A caller that waits for each look-up is answered once a second from when what is cached is 2 s old.
  expect(attacked.times.authorize?.length).toBeGreaterThan((quiet.times.authorize?.length ?? 0) / 2)
  await eventually(SOON_MS, async () => (await revoke(server)).status === 200)
})

function through({ port }: TcpProxy) {
  return (databaseUrl: string) => {
    const url = new URL(databaseUrl)
    url.hostname = '127.0.0.1'
    url.port = `${port}`
    return url.href
  }
}

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { setApiKeyState } from '../packages/server/src/storage/change-api-keys.ts'
import { type Database, openDatabase } from '../packages/server/src/storage/database.ts'
import { migrate } from '../packages/server/src/storage/migrate.ts'
import { inTransaction } from '../packages/server/src/storage/transaction.ts'
import { type FreshDatabase, freshDatabase } from '../packages/server/test/fresh-database.ts'
import { eventually } from './support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from './support/given-key.ts'
import { type GateKey, givenGateKey, openRemoteGate, type RemoteGate } from './support/remote-gate.ts'
import { startTestServer, type TestServer } from './support/running-server.ts'
import { type ServerProcess, startServerProcess } from './support/server-process.ts'
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts'
import { touchRemoteKeys } from './support/touch-remote-keys.ts'

/** How long held keys count after the last sign of life, before each use reads anew. */
const FRESH_FOR_MS = 2_000
const MAX_STALENESS_MS = 3_000
const SOON_MS = 30_000

interface Keys {
  readonly reader: GateKey
  readonly alice: GivenKey
  readonly bob: GivenKey
  readonly carol: GivenKey
}

async function givenKeys(database: Database): Promise<Keys> {
  const account = await givenCustomer(database, 'Alice')
  const [alice, bob, carol] = [
    await givenKey(database, account),
    await givenKey(database, account),
    await givenKey(database, account),
  ]
  return { reader: await givenGateKey(database), alice, bob, carol }
}

/** Revokes as another process would that tells nobody but the database. */
async function revoke(database: Database, { accountId, keyId }: GivenKey): Promise<void> {
  const change = { state: 'revoked', reason: 'key_compromise' } as const
  await inTransaction(database, (trx) => setApiKeyState(trx, accountId, keyId, change, Date.now()))
}

/** Asks until it is refused: when it was asked last with success (on the clock of `performance.now`), and the refusal. */
async function askUntilRefused(gate: RemoteGate, key: GivenKey) {
  let lastAllowedMs = Number.NEGATIVE_INFINITY
  let refused: string | undefined
  await eventually(SOON_MS, async () => {
    const { atMs, denied } = await gate.ask(key)
    if (denied === undefined) lastAllowedMs = atMs
    refused = denied
    return denied !== undefined
  })
  return { lastAllowedMs, refused }
}

/** Whether a key is decided by what is held: for so many uses in a row nothing was asked of the control plane. */
async function isHeld(gate: RemoteGate, key: GivenKey): Promise<boolean> {
  const before = gate.sent.lookUps
  for (let use = 0; use < 20; use++) if ((await gate.ask(key)).status !== 200) return false
  return gate.sent.lookUps === before
}

describe('a control plane that is killed', () => {
  let files: FreshDatabase
  let database: Database
  let server: ServerProcess
  let gate: RemoteGate | undefined

  beforeEach(async () => {
    files = await freshDatabase('sqlite')
    database = await openDatabase(files.url)
    await migrate(database, Date.now())
    server = await startServerProcess({ databaseUrl: files.url })
  })
  afterEach(async () => {
    await gate?.keys.close()
    server.kill()
    await server.ended
    await database.close()
    await files.remove()
  })

  test('leaves held keys in use for the stated time, then 503; started again, it revokes what was revoked meanwhile', async () => {
    const { reader, alice, bob, carol } = await givenKeys(database)
    const opened = openRemoteGate({ url: server.url, ...reader, maxStalenessMs: MAX_STALENESS_MS })
    gate = opened
    await eventually(SOON_MS, async () => (await isHeld(opened, alice)) && (await isHeld(opened, bob)))

    server.kill()
    await server.ended
    const killedMs = performance.now()
    expect((await opened.ask(bob)).status).toBe(200)
    await revoke(database, bob)
    expect(await opened.ask(carol)).toMatchObject({ status: 503 })
    const [ofAlice, ofBob] = await Promise.all([askUntilRefused(opened, alice), askUntilRefused(opened, bob)])
    for (const { lastAllowedMs, refused } of [ofAlice, ofBob]) {
      expect(refused).toBe('service_unavailable')
      expect(lastAllowedMs - killedMs).toBeLessThan(MAX_STALENESS_MS)
    }

    server = await startServerProcess({ databaseUrl: files.url, env: { COUNTERSIGN_PORT: new URL(server.url).port } })
    const restartedMs = performance.now()
    const answers = new Set<string | undefined>()
    await eventually(SOON_MS, async () => {
      const { denied } = await opened.ask(bob)
      answers.add(denied)
      return denied !== 'service_unavailable'
    })
    const backMs = performance.now() - restartedMs
    expect([...answers].filter((denied) => denied !== 'service_unavailable')).toEqual(['key_revoked'])
    await eventually(SOON_MS, () => isHeld(opened, alice))
    expect((await opened.ask(carol)).status).toBe(200)
    const decidedMs = Math.round(Math.max(ofAlice.lastAllowedMs, ofBob.lastAllowedMs) - killedMs)
    console.log(
      `control plane killed: held keys decided on for ${decidedMs} ms (bound ${MAX_STALENESS_MS} ms), then 503; ` +
        `back ${Math.round(backMs)} ms after its restart, the key revoked meanwhile never let in again`,
    )

    server.signal('SIGTERM')
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(opened.said).toContain('the control plane can be asked for changes of keys again')
  })
})

describe('a stream of changes that is lost', () => {
  let server: TestServer
  let database: Database
  let proxy: TcpProxy
  let gate: RemoteGate | undefined

  beforeEach(async () => {
    // The name that is signed; where it is, `fetch` below knows.
    server = await startTestServer('sqlite', { settings: { publicUrl: 'https://keys.test' } })
    database = await openDatabase(server.databaseUrl)
    proxy = await startTcpProxy(server.port)
  })
  afterEach(async () => {
    await gate?.keys.close()
    await proxy.close()
    await database.close()
    await server.close()
  })

  test.each<[string, (proxy: TcpProxy) => Promise<void> | void]>([
    ['cut', (proxy) => proxy.cut()],
    ['stalled', (proxy) => proxy.stall()],
  ])('%s, makes each use read its key 2 s later, and goes on where it was', async (how, lose) => {
    const { reader, alice, bob, carol } = await givenKeys(database)
    const opened = openRemoteGate({
      url: 'https://keys.test',
      ...reader,
      // Look-ups go to the server, the stream goes through the proxy.
      fetch: (input, init) => {
        const { pathname } = new URL(String(input))
        return fetch(`http://127.0.0.1:${pathname.endsWith('/changes') ? proxy.port : server.port}${pathname}`, init)
      },
    })
    gate = opened
    for (const key of [alice, bob, carol]) await eventually(SOON_MS, () => isHeld(opened, key))

    await lose(proxy)
    const lostMs = performance.now()
    await revoke(database, bob)
    const revokedMs = performance.now()
    const { lastAllowedMs, refused } = await askUntilRefused(opened, bob)
    expect(refused).toBe('key_revoked')
    const bound = Math.max(lostMs + FRESH_FOR_MS, revokedMs)
    expect(lastAllowedMs).toBeLessThan(bound)
    await eventually(SOON_MS, async () => !(await isHeld(opened, alice)))
    expect((await opened.ask(alice)).status).toBe(200)
    console.log(
      `stream ${how}: the key revoked meanwhile was let in for ${Math.max(0, Math.round(lastAllowedMs - lostMs))} ms ` +
        `(bound ${FRESH_FOR_MS} ms)`,
    )

    await proxy.restore()
    await eventually(SOON_MS, () => isHeld(opened, alice))
    // It was not asked for in between, and nothing of it changed.
    const before = opened.sent.lookUps
    expect((await opened.ask(carol)).status).toBe(200)
    expect(opened.sent.lookUps).toBe(before)
  })
})

describe('a cache smaller than what is used', () => {
  test('holds as much as it may: 1,000 keys touched at random in a cache of 100', async () => {
    const { hitRatio, wrong, seconds } = await touchRemoteKeys({ keys: 1_000, held: 100, touches: 1_200 })
    console.log(
      `1,200 touches of 1,000 keys, 100 held, in ${seconds.toFixed(1)} s: hit ratio ${(100 * hitRatio).toFixed(1)} %`,
    )
    expect(wrong).toBe(0)
    expect(hitRatio).toBeGreaterThan(0)
    // Uniform draws hit as often as there is room.
    expect(hitRatio).toBeLessThan(0.15)
  })
})

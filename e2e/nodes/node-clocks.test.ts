import { randomBytes } from 'node:crypto'
import { createLogger, DEFAULT_SETTINGS, type RunningServer, startServer } from '@countersign/server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../packages/server/src/storage/database.ts'
import { type FreshDatabase, freshDatabase } from '../../packages/server/test/fresh-database.ts'
import { call } from '../support/call.ts'
import { eventually } from '../support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from '../support/given-key.ts'
import { messageSignature } from '../support/proxy/message-signature.ts'
import { linkCode, tradeCode } from '../support/sign-in.ts'

const BASE = '/trade-api/v2'

/** A node, and what it logged. */
interface TestNode extends RunningServer {
  readonly port: number
  readonly now: () => number
  /** Unix milliseconds, by its own clock. */
  readonly startedAt: number
  lines(): string
}

describe('nodes over one PostgreSQL whose clocks differ', () => {
  let fresh: FreshDatabase
  let database: Database
  let alice: GivenKey
  const nodes: RunningServer[] = []
  beforeEach(async () => {
    fresh = await freshDatabase('postgres')
    database = await openDatabase(fresh.url)
  })
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()))
    await database.close()
    await fresh.remove()
  })

  async function start(aheadMs: number, plane: 'both' | 'control' = 'control'): Promise<TestNode> {
    const lines: string[] = []
    const now = () => Date.now() + aheadMs
    const settings = { ...DEFAULT_SETTINGS, port: 0, authorizePort: 0, plane, databaseUrl: fresh.url }
    const log = createLogger('info', { write: (line) => void lines.push(line) })
    const server = await startServer({ ...settings, singleNodePromises: true }, log, now)
    nodes.push(server)
    return { ...server, port: Number(new URL(server.url).port), now, startedAt: now(), lines: () => lines.join('') }
  }

  test('a session, its nonces and an Idempotency-Key hold on both, 4.8 s apart', async () => {
    const [ahead, behind] = [await start(2_400), await start(-2_400)]
    for (const node of [ahead, behind]) expect((await call(node, 'GET', '/readyz')).status).toBe(200)
    alice = await givenKey(database, await givenCustomer(database, 'Alice'))

    const { answer, pair } = await tradeCode(ahead, await linkCode({ databaseUrl: fresh.url }, 'Alice'))
    const session = { keyId: JSON.parse(answer.text).session_id, privateKey: pair.privateKey }
    let nonce = answer.headers['countersign-nonce'] ?? ''
    // Each node gets a nonce that the other one gave, the one from the node ahead at once.
    for (const node of [behind, ahead, behind, ahead]) {
      const own = randomBytes(16).toString('base64url')
      const headers = messageSignature(session, {
        method: 'GET',
        target: `${BASE}/whoami`,
        authority: `127.0.0.1:${node.port}`,
        created: Math.floor(node.now() / 1_000) + 1,
        nonce: `${nonce}.${own}`,
      })
      const who = await call(node, 'GET', `${BASE}/whoami`, { headers: Object.fromEntries(headers) })
      expect({ status: who.status, text: who.text }).toMatchObject({ status: 200 })
      nonce = who.headers['countersign-nonce'] ?? ''
    }

    // The node ahead refuses what was signed before it started, by its own clock.
    await eventually(10_000, () => Date.now() > ahead.startedAt)
    for (const [first, second] of [
      [ahead, behind],
      [behind, ahead],
    ] as const) {
      const make = (node: TestNode, once: string) =>
        call(node, 'POST', `${BASE}/api_keys/generate`, {
          as: alice,
          json: { name: 'once', key_type: 'ed25519' },
          headers: { 'idempotency-key': once },
        })
      const once = randomBytes(16).toString('hex')
      const made = await make(first, once)
      expect(made.status).toBe(201)
      const again = await make(second, once)
      expect([again.status, JSON.parse(again.text).error]).toMatchObject([
        409,
        { code: 'already_made', details: JSON.parse(made.text).api_key_id },
      ])
    }
  })

  test('one that is 3 s off is not ready on either plane, and says so; one that is 2 s off is', async () => {
    const off = await start(3_000, 'both')
    const readiness = async ({ url }: { url: string }) => {
      const { status, text } = await call({ port: Number(new URL(url).port) }, 'GET', '/readyz')
      return { status, text }
    }
    const notReady = { status: 503, text: expect.stringContaining('main is off in its clock') }
    expect(await readiness(off)).toEqual(notReady)
    expect(await readiness({ url: off.authorizeUrl ?? '' })).toEqual(notReady)
    expect(off.lines()).toContain('the clocks of this node and of the database differ by more than 2.5 s')
    const metrics = (await call(off, 'GET', '/metrics')).text
    expect(Number(/^countersign_clock_offset_seconds (\S+)$/m.exec(metrics)?.[1])).toBeCloseTo(-3, 0)

    const near = await start(-2_000, 'both')
    await eventually(10_000, async () => (await readiness(near)).status === 200)
    await eventually(10_000, async () => (await readiness({ url: near.authorizeUrl ?? '' })).status === 200)
  })
})

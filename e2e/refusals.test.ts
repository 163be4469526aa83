import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { messageHeaders } from './message-signatures/support/message-headers.ts'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { type GivenKey, givenOperator } from './support/given-key.ts'
import { ACCESS, type KeyHolder } from './support/key-holder.ts'
import { DIALECTS, startTestServer, type TestServer } from './support/running-server.ts'
import { startWorld, type World } from './support/world.ts'

const SETTINGS = { singleNodePromises: true }

interface Listed {
  readonly since: number
  readonly refusals: readonly Readonly<Record<string, unknown>>[]
}

describe.each(DIALECTS)('recent refusals of two nodes (%s)', (dialect) => {
  let world: World
  let other: TestServer
  let operator: GivenKey

  const startOther = () => startTestServer(dialect, { settings: SETTINGS, route: async () => world.server.databaseUrl })

  beforeAll(async () => {
    world = await startWorld(dialect, { settings: SETTINGS })
    operator = await givenOperator(world.database)
    other = await startOther()
  })
  afterAll(async () => {
    await other?.close()
    await world?.close()
  })

  async function list(node: TestServer, target: string, as: KeyHolder): Promise<Listed> {
    const headers = messageHeaders(as, { method: 'GET', target, authority: `127.0.0.1:${node.port}` })
    const { status, text } = await call(node, 'GET', target, { headers })
    expect(status, text).toBe(200)
    return JSON.parse(text)
  }

  const ofKey = ({ keyId }: KeyHolder) => `/trade-api/v2/api_keys/${keyId}/refusals`

  test('are the same whichever is asked, also those that prove nothing, and after a restart', async () => {
    const { alice, server } = world
    const admin = await call(server, 'GET', '/admin/v1/accounts', {
      headers: messageHeaders(alice, {
        method: 'GET',
        target: '/admin/v1/accounts',
        authority: `127.0.0.1:${server.port}`,
      }),
    })
    expect(admin.status).toBe(403)
    const path = `/trade-api/v2/api_keys/${randomBytes(4).toString('hex')}`
    const headers = {
      [ACCESS.key]: alice.keyId,
      [ACCESS.timestamp]: `${Date.now()}`,
      [ACCESS.signature]: randomBytes(64).toString('base64'),
    }
    expect((await call(server, 'DELETE', path, { headers })).status).toBe(401)

    const proven = await list(server, ofKey(alice), alice)
    expect(proven.refusals).toMatchObject([{ code: 'insufficient_scope', path: '/admin/v1/accounts' }])
    const claimed = async (node: TestServer) => {
      const { refusals } = await list(node, '/admin/v1/refusals', operator)
      return refusals.filter((it) => it.path === path)
    }
    const here = await claimed(server)
    expect(here).toMatchObject([{ code: 'signature_incorrect', claimed_api_key_id: alice.keyId }])

    await eventually(20_000, async () => (await list(other, ofKey(alice), alice)).refusals.length > 0)
    expect(await list(other, ofKey(alice), alice)).toEqual({ ...proven, since: expect.any(Number) })
    await eventually(20_000, async () => (await claimed(other)).length > 0)
    expect(await claimed(other)).toEqual(here)

    await other.close()
    other = await startOther()
    expect((await list(other, ofKey(alice), alice)).refusals).toEqual(proven.refusals)
    expect(proven.since).toBeLessThanOrEqual(Date.now())
  })
})

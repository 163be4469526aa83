import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from './support/call.ts'
import { type GivenKey, givenKey } from './support/given-key.ts'
import { startWorld, type World } from './support/world.ts'

const KEYS = '/trade-api/v2/api_keys'
const FORWARDED_FOR = 'X-Forwarded-For'

describe('the address of a caller of the control plane', () => {
  let world: World
  let listed: GivenKey
  beforeAll(async () => {
    world = await startWorld('sqlite')
    listed = await givenKey(world.database, world.alice.accountId, { ipAllowlist: ['203.0.113.0/24', '2001:db8::/32'] })
  })
  afterAll(() => world?.close())

  test.each<[string, string | string[] | undefined, number]>([
    ['is what the trusted proxy before it saw', '203.0.113.7', 200],
    ['may be IPv6', '2001:db8::7', 200],
    ['is what the last proxy that is not trusted was seen as', '203.0.113.7, 198.51.100.1', 403],
    ['is not what the caller itself said', '198.51.100.1, 203.0.113.7', 200],
    ['is found before any number of trusted proxies', '203.0.113.7, 127.0.0.2, ::1', 200],
    ['is found in several headers', ['198.51.100.1', '203.0.113.7'], 200],
    ['is the peer where no proxy says anything', undefined, 403],
    ['must be one', 'unknown', 400],
    ['must be one, however long', 'x'.repeat(4_000), 400],
    ['may have a port', '203.0.113.7:51008', 200],
    ['may have brackets and a port', '[2001:db8::7]:443', 200],
    ['has no zone', '2001:db8::7%eth0', 400],
    ['is not behind a proxy in a zone', '203.0.113.7, ::1%zone', 400],
  ])('%s', async (_, forwardedFor, status) => {
    const headers = { ...(forwardedFor !== undefined && { [FORWARDED_FOR]: forwardedFor }) }
    const answer = await call(world.server, 'GET', KEYS, { as: listed, headers })
    expect(answer.status).toBe(status)
    if (status === 403) expect(JSON.parse(answer.text).error.code).toBe('ip_not_allowed')
  })

  test('is what the log names', async () => {
    await call(world.server, 'GET', KEYS, { headers: { [FORWARDED_FOR]: '198.51.100.23' } })
    await call(world.server, 'GET', KEYS, { headers: { [FORWARDED_FOR]: '198.51.100.24:51008' } })
    expect(world.server.log()).toContain('"ip":"198.51.100.23"')
    expect(world.server.log()).toContain('"ip":"198.51.100.24"')
  })

  test('is the one whose failures are counted: others behind the same proxy go on', async () => {
    const as = { ...listed, privateKey: world.bob.privateKey }
    const wrong = () => call(world.server, 'GET', KEYS, { as, headers: { [FORWARDED_FOR]: '203.0.113.66' } })
    const statuses = new Set<number>()
    for (let sent = 0; sent < 600 && !statuses.has(429); sent++) statuses.add((await wrong()).status)
    expect(statuses).toEqual(new Set([401, 429]))
    const other = { as: listed, headers: { [FORWARDED_FOR]: '203.0.113.67' } }
    expect((await call(world.server, 'GET', KEYS, other)).status).toBe(200)
  })
})

test('what a peer that is not trusted says of addresses is not read', async () => {
  const world = await startWorld('sqlite', { settings: { trustedProxies: ['203.0.113.0/24'] } })
  try {
    const local = await givenKey(world.database, world.alice.accountId, { ipAllowlist: ['127.0.0.0/8'] })
    const far = await givenKey(world.database, world.alice.accountId, { ipAllowlist: ['198.51.100.0/24'] })
    const headers = { [FORWARDED_FOR]: '198.51.100.1' }
    expect((await call(world.server, 'GET', KEYS, { as: local, headers })).status).toBe(200)
    expect((await call(world.server, 'GET', KEYS, { as: far, headers })).status).toBe(403)
    expect((await call(world.server, 'GET', KEYS, { as: local, headers: { [FORWARDED_FOR]: '?' } })).status).toBe(200)
  } finally {
    await world.close()
  }
})

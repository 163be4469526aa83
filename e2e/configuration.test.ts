import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessHeaders, bootstrapKey } from './support/key-holder.ts'
import { type ServerProcess, spawnServer, startServerProcess } from './support/server-process.ts'

const CONFIG = `
import type { Config } from '@countersign/server'

const bucket = { refillRate: 2.5, capacity: 50 }

export default {
  basePath: '/v9',
  headerPrefix: 'Acme',
  tiers: { basic: { read: bucket, write: bucket, search: { refillRate: 1, capacity: 40 } } },
  defaultCost: 5,
  rules: [
    { match: 'GET /markets/*', scope: 'read' },
    { match: 'POST /orders', scope: 'write', cost: 20 },
    { match: '* /search/**', cost: 40, bucket: 'search' },
    { match: 'GET /quotes', cost: 5 },
    { match: 'GET /ping', under: 'root', cost: 0 },
  ],
} satisfies Config
`

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a server with a configuration file', () => {
  let server: ServerProcess
  const get = (path: string, headers = {}) => fetch(new URL(path, server.url), { headers })

  beforeAll(async () => {
    const config = join(folder, 'countersign.config.ts')
    await writeFile(config, CONFIG)
    const databaseUrl = `sqlite:${join(folder, 'countersign.db')}`
    server = await startServerProcess({ databaseUrl, env: { COUNTERSIGN_CONFIG: config } })
  })
  afterAll(() => server?.kill())

  test('answers with the cost of every rule whose cost is its own, patterns as they are written', async () => {
    const answer = await get('/v9/account/endpoint_costs')
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 200,
      body: {
        default_cost: 5,
        endpoint_costs: [
          { method: 'POST', path: '/v9/orders', cost: 20 },
          { method: '*', path: '/v9/search/**', cost: 40 },
          { method: 'GET', path: '/ping', cost: 0 },
        ],
      },
    })
  })

  test('answers with the limits of the configured tier, under the configured names', async () => {
    const holder = await bootstrapKey(`sqlite:${join(folder, 'countersign.db')}`, 'limits', 'ed25519', 'basic')
    const target = '/v9/account/limits'
    const signed = accessHeaders(holder, 'GET', target)
    const renamed = Object.entries(signed).map(([name, value]) => [name.replace('KALSHI', 'ACME'), value])
    const answer = await get(target, Object.fromEntries(renamed))
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 200,
      body: {
        usage_tier: 'basic',
        read: { refill_rate: 2.5, bucket_capacity: 50 },
        write: { refill_rate: 2.5, bucket_capacity: 50 },
        grants: [],
      },
    })
    expect((await get(target, signed)).status).toBe(401)
  })

  test('has nothing where the default base path would be', async () => {
    expect((await get('/trade-api/v2/account/endpoint_costs')).status).toBe(404)
  })
})

test('a server does not start on a wrong configuration, and names all that is wrong', async () => {
  const config = join(folder, 'wrong.yaml')
  await writeFile(config, 'mode: off\nrules:\n  - match: GET /a\n    scope: raed\n')
  const server = spawnServer({
    databaseUrl: `sqlite:${join(folder, 'wrong.db')}`,
    env: { COUNTERSIGN_CONFIG: config, COUNTERSIGN_PROT: '1' },
  })
  const { code } = await server.ended
  expect(code).toBe(2)
  expect(server.stderr()).toContain('wrong.yaml:1: mode: found "off", allowed: enforce, observe')
  expect(server.stderr()).toContain('wrong.yaml:4: rules[0].scope: found "raed", allowed: read, ')
  expect(server.stderr()).toContain('COUNTERSIGN_PROT: unknown variable, nearest known: COUNTERSIGN_PORT')
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findFreePorts } from '../examples/support/ports.ts'
import { type FreshDatabase, freshDatabase } from '../packages/server/test/fresh-database.ts'
import { accessHeaders, type Bootstrapped, bootstrapKey } from './support/key-holder.ts'
import { type ServerProcess, startServerProcess } from './support/server-process.ts'

const TARGET = '/trade-api/v2/portfolio/orders'

describe('the data plane verifies RSA signatures', () => {
  let database: FreshDatabase
  let holder: Bootstrapped
  let server: ServerProcess | undefined
  beforeEach(async () => {
    database = await freshDatabase('sqlite')
    holder = await bootstrapKey(database.url, 'direct', 'rsa')
  })
  afterEach(async () => {
    server?.kill()
    await server?.ended
    await database.remove()
  })

  test.each([
    ['by the OpenSSL inside Node', [], false],
    ['by node:crypto where node:ffi is off', ['--no-experimental-ffi'], true],
  ] as const)('%s', async (_, nodeOptions, isTold) => {
    const { authorize } = await findFreePorts()
    const env = { COUNTERSIGN_AUTHORIZE_PORT: `${authorize}`, COUNTERSIGN_WORKERS: '2' }
    server = await startServerProcess({ databaseUrl: database.url, nodeOptions, env })
    expect(server.stdout().includes('node:ffi cannot be used here')).toBe(isTold)
    expect(server.stderr()).not.toContain('Experimental')
    const other = accessHeaders(holder, 'GET', '/other')
    for (let sent = 0; sent < 4; sent++) {
      const right = await ask(authorize, accessHeaders(holder, 'GET', TARGET))
      const wrong = await ask(authorize, other)
      expect([right, wrong]).toEqual([200, 401])
    }
  })
})

async function ask(port: number, headers: Readonly<Record<string, string>>): Promise<number> {
  const question = { 'X-Original-Method': 'GET', 'X-Original-URI': TARGET, 'X-Original-Host': 'api.example.com' }
  const { status } = await fetch(`http://127.0.0.1:${port}/authorize`, { headers: { ...question, ...headers } })
  return status
}

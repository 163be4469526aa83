import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
    ['by node:crypto where nothing is set', undefined, [], 'node'],
    ['by the OpenSSL inside Node where that is set', 'openssl', [], 'openssl'],
    ['by node:crypto where that is set and node:ffi is off', 'openssl', ['--no-experimental-ffi'], 'node'],
  ] as const)('%s', async (_, rsa, nodeOptions, verifier) => {
    const { authorize } = await findFreePorts()
    const env: Record<string, string> = { COUNTERSIGN_AUTHORIZE_PORT: `${authorize}`, COUNTERSIGN_WORKERS: '2' }
    if (rsa !== undefined) env.COUNTERSIGN_CONFIG = await configFile({ verify: { rsa } })
    server = await startServerProcess({ databaseUrl: database.url, nodeOptions, env })
    const said = server
      .stdout()
      .split('\n')
      .filter((line) => line.includes('"signatures are verified"'))
      .map((line) => JSON.parse(line))
    expect(said.filter(({ plane }) => plane === 'data').map(({ verifiers }) => verifiers.rsa)).toEqual([
      verifier,
      verifier,
    ])
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toContain(`countersign_verifier_threads{plane="data",key_type="rsa",verifier="${verifier}"} 2`)
    const other = accessHeaders(holder, 'GET', '/other')
    for (let sent = 0; sent < 4; sent++) {
      const right = await ask(authorize, accessHeaders(holder, 'GET', TARGET))
      const wrong = await ask(authorize, other)
      expect([right, wrong]).toEqual([200, 401])
    }
  })

  async function configFile(config: object): Promise<string> {
    const file = join(dirname(database.url.slice('sqlite:'.length)), 'countersign.config.json')
    await writeFile(file, JSON.stringify(config))
    return file
  }
})

async function ask(port: number, headers: Readonly<Record<string, string>>): Promise<number> {
  const question = { 'X-Original-Method': 'GET', 'X-Original-URI': TARGET, 'X-Original-Host': 'api.example.com' }
  const { status } = await fetch(`http://127.0.0.1:${port}/authorize`, { headers: { ...question, ...headers } })
  return status
}

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installPackedApp, type PackedApp } from './support/packed-app.ts'
import { startServerProcess } from './support/server-process.ts'

const NODES = ['24', '26'] as const
const WHOAMI = '/trade-api/v2/whoami'

let app: PackedApp
beforeAll(async () => {
  app = await installPackedApp([
    'typescript@7',
    '@types/node@24',
    '@types/express@5',
    '@types/ws@8',
    'axios@1',
    'undici@8',
  ])
})
afterAll(() => app?.remove())

describe('a tarball', () => {
  test('is there for every package', () => {
    expect(app.tarballs.map((path) => basename(path)).sort()).toEqual(
      ['', 'api-', 'client-', 'doctor-', 'gate-', 'native-verify-', 'protocol-', 'redis-', 'server-'].map(
        (name) => `countersign-${name}0.1.0.tgz`,
      ),
    )
  })

  test('holds JavaScript with declarations, licence and README, and no source and no test', async () => {
    for (const tarball of app.tarballs) {
      const files = (await promisify(execFile)('tar', ['-tzf', tarball])).stdout.trim().split('\n')
      expect(files, tarball).toEqual(expect.arrayContaining(['package/LICENSE', 'package/README.md']))
      const others = files.filter(
        (file) => !/^package\/(?:LICENSE|README\.md|package\.json|configuration\.schema\.json)$/.test(file),
      )
      const strange = others.filter(
        (file) => !/^package\/(?:dist\/.+\.(?:js|d\.ts)|bin\/\w+\.js|public\/.+)$/.test(file),
      )
      expect(strange, tarball).toEqual([])
      expect(
        files.filter((file) => /\btest|fixtures|-contract/.test(file)),
        tarball,
      ).toEqual([])
    }
    const withSchema = app.tarballs.filter((tarball) => tarball.includes('-server-'))
    expect(withSchema).toHaveLength(1)
    for (const tarball of withSchema) {
      const { stdout } = await promisify(execFile)('tar', ['-xOzf', tarball, 'package/configuration.schema.json'])
      expect(JSON.parse(stdout)).toHaveProperty('properties.basePath')
    }
  })
})

/**
 * With its declared packages only: what it imports and does not declare is not there. The command line needs all of our
 * packages, so the folder of the other tests is its own.
 */
test.each([
  ['@countersign/protocol', 1],
  ['@countersign/native-verify', 1],
  ['@countersign/gate', 7],
  ['@countersign/redis', 1],
  ['@countersign/doctor', 1],
  ['@countersign/api', 6],
  // Without axios, which is a peer of one entry.
  ['@countersign/client', 3],
  ['@countersign/server', 1],
])(
  '%s loads where it is installed alone',
  async (name, entries) => {
    expect(await app.loadAlone(name)).toHaveLength(entries)
  },
  60_000,
)

describe.each(NODES)('under Node %s', (node) => {
  test('the packages work together', async () => {
    await writeFile(join(app.folder, 'use.js'), USE)
    const [version, ...decisions] = (await app.run(node, 'node', 'use.js')).trim().split('\n')
    expect(version).toMatch(new RegExp(`^v${node}\\.`))
    expect(decisions).toEqual(['{"allowed":"a"}', '{"denied":"signature_incorrect"}'])
  })

  test('npx countersign serves, issues a key, and lets in what that signed', async () => {
    const env = { PATH: `${app.nodes[node]}:${process.env.PATH}` }
    const databaseUrl = `sqlite:${join(app.folder, `of-node-${node}.db`)}`
    const command = ['npx', '--no', 'countersign']
    const server = await startServerProcess({ databaseUrl, folder: app.folder, env, command })
    try {
      const file = `of-node-${node}.pem`
      const database = ['--database', databaseUrl]
      const issued = await app.run(
        node,
        'npx',
        '--no',
        'countersign',
        'bootstrap',
        '--account',
        'demo',
        '--out',
        file,
        ...database,
        '--json',
      )
      const { api_key_id: keyId } = JSON.parse(issued)
      const asKey = ['--url', server.url, '--key-id', keyId, '--key-file', file]
      const who = await app.run(node, 'npx', '--no', 'countersign', 'whoami', ...asKey, '--json')
      expect(JSON.parse(who)).toMatchObject({ api_key_id: keyId, scopes: ['read', 'write'] })

      const unsigned = await fetch(server.url + WHOAMI)
      expect(unsigned.status).toBe(401)
      const authorizeUrl = /^ {2}authorize {2}(\S+)/m.exec(server.stderr())?.[1] ?? ''
      const asked = await fetch(authorizeUrl, { headers: await signedQuestion(node, keyId, file) })
      expect([asked.status, asked.headers.get('x-countersign-key')]).toEqual([200, keyId])
    } finally {
      server.kill()
      await server.ended
    }
  })

  /** Signs by the command line, and asks as nginx does. */
  async function signedQuestion(node: '24' | '26', keyId: string, file: string): Promise<Record<string, string>> {
    const words = ['sign', 'GET', '/orders', '--profile', 'access-headers', '--key-id', keyId, '--key-file', file]
    const printed = await app.run(node, 'npx', '--no', 'countersign', ...words)
    const headers = printed
      .trim()
      .split('\n')
      .map((line) => line.split(': '))
    return {
      ...Object.fromEntries(headers),
      'X-Original-Method': 'GET',
      'X-Original-URI': '/orders',
      'X-Forwarded-For': '203.0.113.7',
    }
  }
})

describe.each([
  ['node16', 'node16'],
  ['esnext', 'bundler'],
])('with module %s and moduleResolution %s', (module, moduleResolution) => {
  test('a consumer of every entry is checked by its types, and so are they', async () => {
    const name = `consumer-${moduleResolution}`
    await writeFile(join(app.folder, `${name}.ts`), CONSUMER)
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2024',
      lib: ['es2024', 'dom', 'dom.iterable'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: false,
    }
    await writeFile(join(app.folder, `${name}.json`), JSON.stringify({ compilerOptions, files: [`${name}.ts`] }))
    const checked = await app.run('26', 'npx', '--no', 'tsc', '-p', `${name}.json`).catch((error) => error.stdout)
    expect(checked).toBe('')
  })
})

/** Signs and decides with nothing but what was installed. */
const USE = `
import { createRequestSigner, createUpgradeSigner } from '@countersign/client'
import { signAxios } from '@countersign/client/axios'
import { readPrivateKeyFile } from '@countersign/client/node'
import { signDispatches } from '@countersign/client/undici'
import { CALLS } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import * as doctor from '@countersign/doctor'
import { createGate, createMemoryAdmission, createMemoryKeySource } from '@countersign/gate'
import { gateMiddleware } from '@countersign/gate/express'
import { gatePlugin } from '@countersign/gate/fastify'
import { decideRequest } from '@countersign/gate/fetch'
import { toGateRequest } from '@countersign/gate/node'
import { createRemoteKeySource } from '@countersign/gate/remote'
import { gateUpgrades } from '@countersign/gate/ws'
import { importVerifyingKey, parsePrivateKey, publicKeyOf } from '@countersign/protocol'
import { loadNativeVerify } from '@countersign/native-verify'
import { openRedisAdmission } from '@countersign/redis'
import { startServer } from '@countersign/server'

const adapters = [gateMiddleware, gatePlugin, decideRequest, toGateRequest, gateUpgrades]
const clients = [createUpgradeSigner, signAxios, readPrivateKeyFile, signDispatches]
for (const it of [...adapters, ...clients, createRemoteKeySource, openRedisAdmission, startServer]) {
  if (typeof it !== 'function') throw new Error('not a function')
}
if (CALLS.length !== Object.keys(calls).length || calls.whoAmI.path !== '/whoami') throw new Error('not the same calls')
if (!doctor) throw new Error('no doctor')
if ((loadNativeVerify({ rsa: 'openssl' }).rsa === 'node') !== process.version.startsWith('v24')) throw new Error('node:ffi is used from Node 26 on')

const keyId = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'
const privateKey = { kty: 'OKP', crv: 'Ed25519', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' }
const keys = createMemoryKeySource()
keys.put({
  keyId,
  accountId: 'a',
  key: await importVerifyingKey(await publicKeyOf(parsePrivateKey(privateKey))),
  scopes: ['read', 'write'],
  state: 'active',
  accountSuspended: false,
  tier: 'basic',
})
const gate = createGate({ keys, admission: createMemoryAdmission({ startedAtMs: 0 }) })
const headers = await createRequestSigner({ keyId, privateKey })({ method: 'GET', url: 'https://a.example/x' })
const ask = (host) =>
  gate.decide({ method: 'GET', target: '/x', ip: '203.0.113.7', header: (name) => (name === 'host' ? host : headers[name]) })

console.log(process.version)
for (const host of ['a.example', 'b.example']) {
  const decision = await ask(host)
  console.log(JSON.stringify('denied' in decision ? { denied: decision.denied } : { allowed: decision.allowed.accountId }))
}
`

const CONSUMER = `
import type { ApiKey, WhoAmI } from '@countersign/api'
import { KEY_NAME_MAX_LENGTH } from '@countersign/api/key-rules'
import { whoAmI } from '@countersign/api/calls'
import { createManagementClient, createSignedFetch, type ManagementClient, type Signer } from '@countersign/client'
import { signAxios } from '@countersign/client/axios'
import { readPrivateKeyFile } from '@countersign/client/node'
import { signDispatches } from '@countersign/client/undici'
import { createGate, type Decision, type KeySource } from '@countersign/gate'
import { gateMiddleware } from '@countersign/gate/express'
import { gatePlugin } from '@countersign/gate/fastify'
import { decideRequest } from '@countersign/gate/fetch'
import { createRemoteKeySource, type RemoteKeySource } from '@countersign/gate/remote'
import { gateUpgrades } from '@countersign/gate/ws'
import { type ImportKey, type PublicKey, parsePublicKey } from '@countersign/protocol'
import { loadNativeVerify } from '@countersign/native-verify'
import { defineConfig, type Settings } from '@countersign/server'
import axios from 'axios'
import { Agent } from 'undici'

const signer: Signer = { keyId: 'x', algorithm: 'ed25519', sign: async (data) => data }
const fetch: typeof globalThis.fetch = createSignedFetch({ signer })
const client: ManagementClient = createManagementClient({ url: 'https://a.example', fetch })
export const names: Promise<string[]> = client.listKeys().then((keys: ApiKey[]) => keys.map(({ name }) => name))
export const who: Promise<WhoAmI> = client.whoAmI()
export const path: '/whoami' = whoAmI.path
export const length: number = KEY_NAME_MAX_LENGTH
axios.create().interceptors.request.use(signAxios({ keyId: 'x', privateKey: await readPrivateKeyFile('x') }))
export const keys: RemoteKeySource & KeySource = createRemoteKeySource({ url: 'https://a.example', keyId: 'x', privateKey: 'x' })
new Agent().compose(signDispatches({ signer, baseUrl: 'https://a.example' }))
export const importKey: ImportKey = loadNativeVerify({ rsa: 'openssl' }).importKey
export const parsed: PublicKey | { problem: string } = parsePublicKey('x')
export type Decided = Decision['constructor'] & KeySource & ReturnType<typeof createGate> & Settings
export const adapters: unknown[] = [gateMiddleware, gatePlugin, gateUpgrades]
export const decided: Promise<Decision> = decideRequest(createGate({ keys }), new Request('https://a.example'), { ip: '' })
export const config = defineConfig({ rules: [{ match: 'GET /x' }] })

// @ts-expect-error a signer or a key, not both
createSignedFetch({ signer, keyId: 'x', privateKey: 'x' })
// @ts-expect-error the id of a key is text
client.getKey(1)
`

import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { findFreePorts } from '../examples/support/ports.ts'
import { type Program, startProgram } from '../examples/support/program.ts'
import { openDatabase } from '../packages/server/src/storage/database.ts'
import { findApiKey } from '../packages/server/src/storage/find-api-keys.ts'
import { totalUsage } from '../packages/server/src/storage/usage.ts'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { accessHeaders, keyHolder } from './support/key-holder.ts'
import { requireTool } from './support/require-tool.ts'
import { startTestServer, type TestServer } from './support/running-server.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PAGE = await readFile(join(ROOT, 'docs/integrating.md'), 'utf8')
const SERVERS = ['fastify', 'express', 'hono', 'ws'] as const
type Name = (typeof SERVERS)[number]
const BALANCE = '/portfolio/balance'

let control: TestServer
let folder: string
let keyId: string
const ports = {} as Record<Name, number>
const programs = {} as Record<Name, Program>

/** A reader of docs/integrating.md in a folder of his own, with Countersign running on its own database. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-in-process-'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  control = await startTestServer('sqlite')
  const printed = await runBlock('key')
  keyId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(printed)?.[0] ?? ''
  const { public: a, control: b, authorize: c, api: d } = await findFreePorts()
  Object.assign(ports, { fastify: a, express: b, hono: c, ws: d })
  await Promise.all(
    SERVERS.map(async (name) => {
      const args = [await written(`${name}.ts`, ports[name])]
      programs[name] = await startProgram({
        command: process.execPath,
        args,
        env: { HOME: folder },
        listensOn: [ports[name]],
      })
    }),
  )
})
afterAll(async () => {
  await Promise.all(Object.values(programs).map((program) => program.stop()))
  await control?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Writes down what the page shows of an example, as a reader would, with his own database and port. */
async function written(name: string, port: number): Promise<string> {
  const shown = block('file', `examples/in-process/${name}`)
    .replace('sqlite:data/countersign.db', control.databaseUrl)
    .replace(/\b300[01]\b/, `${port}`)
  const path = join(folder, name)
  await writeFile(path, shown)
  return path
}

function block(kind: string, of: string): string {
  const start = `<!-- ${kind}: ${of} -->\n`
  const text = /^```\w+\n(.*?)^```$/ms.exec(PAGE.slice(PAGE.indexOf(start) + start.length))?.[1]
  if (!PAGE.includes(start) || text === undefined) throw new Error(`the page has no block ${kind}: ${of}`)
  return text
}

/** Runs a block of commands to its end, and returns what it printed. */
async function runBlock(name: string, edit = (text: string) => text): Promise<string> {
  const script = edit(block('run', `in-process ${name}`)).replaceAll(
    'npx countersign',
    `${process.execPath} ${ROOT}packages/cli/bin/countersign.js`,
  )
  const env = { HOME: folder, COUNTERSIGN_DATABASE_URL: control.databaseUrl }
  const program = await startProgram({ command: 'sh', args: ['-ec', `cd ${folder}\n${script}`], env, listensOn: [] })
  const [code] = (await program.ended) as [number]
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${program.output()}`)
  return program.output()
}

async function holder() {
  return keyHolder(keyId, await readFile(join(folder, 'demo.pem'), 'utf8'))
}

describe('docs/integrating.md, "In your own process"', () => {
  test.for(['fastify', 'express'] as const)('its three minutes with %s lead to an answer', async (name, context) => {
    requireTool(context, 'curl', 'curl')
    expect(block('run', `in-process ${name}`)).toBe(`npx node examples/in-process/${name}.ts\n`)
    const printed = await runBlock('call', (text) => text.replaceAll('3000', `${ports[name]}`).replace('…', keyId))
    expect(printed).toContain('"balance":10000')
    expect(printed).toContain('"code":"token_authentication_failure"')
  })

  test('its route of Next answers who signed, and refuses everybody else', async () => {
    const { GET } = (await import(pathToFileURL(await written('next-route.ts', 0)).href)) as {
      GET: (request: Request) => Promise<Response>
    }
    const signed = accessHeaders(await holder(), 'GET', BALANCE)
    const answer = await GET(new Request(`https://api.example${BALANCE}`, { headers: signed }))
    expect(await answer.json()).toMatchObject({ balance: 10_000 })
    expect((await GET(new Request(`https://api.example${BALANCE}?a`))).status).toBe(401)
  })
})

describe('examples/in-process', () => {
  test.each(['fastify', 'express', 'hono'] as const)('%s serves a trading client, its stream too', async (name) => {
    const client = await startProgram({
      command: process.execPath,
      args: [
        join(ROOT, 'examples/in-process/trading-client.ts'),
        `http://127.0.0.1:${ports[name]}`,
        `ws://127.0.0.1:${ports.ws}/fills`,
      ],
      env: { COUNTERSIGN_KEY_ID: keyId, COUNTERSIGN_KEY_FILE: join(folder, 'demo.pem') },
      listensOn: [],
    })
    try {
      await eventually(60_000, () => /stream \{|refused/.test(client.output()))
      expect(client.output()).toContain('balance 200 {"balance":10000')
      expect(client.output()).toContain(
        `order 200 {"order":{"ticker":"RAIN-26","side":"buy","count":10},"key":"${keyId}"}`,
      )
      expect(client.output()).toContain('stream {"channel":"fills","account":"')
    } finally {
      await client.stop()
    }
  })

  test('fastify counts what it decides as the server does', async () => {
    const made = await call(control, 'POST', '/trade-api/v2/api_keys/generate', {
      as: await holder(),
      json: { name: 'counted', scopes: ['read'] },
    })
    const { api_key_id: id, private_key: pem } = JSON.parse(made.text)
    const counted = keyHolder(id, pem)
    const statuses: number[] = []
    for (const method of ['GET', 'GET', 'GET', 'POST'] as const) {
      const target = method === 'GET' ? BALANCE : '/portfolio/orders'
      const port = ports.fastify
      statuses.push((await call({ port }, method, target, { headers: accessHeaders(counted, method, target) })).status)
    }
    expect(statuses).toEqual([200, 200, 200, 403])
    const database = await openDatabase(control.databaseUrl)
    try {
      const range = { step: 'day', fromMs: 0, toMs: Number.MAX_SAFE_INTEGER } as const
      const counts = async () => (await totalUsage(database.kysely, 'key', [id], range))[0]
      await eventually(20_000, async () => ((await counts())?.refused ?? 0) > 0)
      expect(await counts()).toEqual({ id, allowed: 3, refused: 1, limited: 0, fault: 0 })
      await eventually(20_000, async () => (await findApiKey(database.kysely, id))?.lastUsedIp === '127.0.0.1')
    } finally {
      await database.close()
    }
  })

  test('ws refuses a wrong signature on the upgrade, and closes the socket whose key is deleted', async () => {
    const { api_key_id: id, private_key: pem } = JSON.parse(
      (
        await call(control, 'POST', '/trade-api/v2/api_keys/generate', {
          as: await holder(),
          json: { name: 'stream', scopes: ['read'] },
        })
      ).text,
    )
    const dial = (target: string) =>
      new WebSocket(`ws://127.0.0.1:${ports.ws}/fills`, { headers: accessHeaders(keyHolder(id, pem), 'GET', target) })
    const refused = dial('/other')
    refused.on('error', () => undefined)
    const [, { statusCode }] = await once(refused, 'unexpected-response')
    expect(statusCode).toBe(401)
    refused.terminate()

    const socket = dial('/fills')
    await once(socket, 'open')
    const closed = once(socket, 'close')
    const deleted = await call(control, 'DELETE', `/trade-api/v2/api_keys/${id}`, { as: await holder() })
    const [code, reason] = await closed
    console.log(`the socket closed ${Date.now() - deleted.receivedAt} ms after the deletion was answered`)
    expect([deleted.status, code, String(reason)]).toEqual([204, 1008, 'NOT_FOUND'])
  })
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { findFreePorts, withPorts } from '../../examples/support/ports.ts'
import { type Program, startProgram } from '../../examples/support/program.ts'
import { readExample } from '../../examples/support/proxies.ts'
import { type GivenKey, givenCustomer, givenKey } from '../support/given-key.ts'
import { messageSignature } from '../support/proxy/message-signature.ts'
import { newFolder } from '../support/proxy/new-folder.ts'
import { useProxied } from '../support/proxy/proxied.ts'
import { send, type ToSend } from '../support/proxy/send.ts'
import { valuesOf } from '../support/proxy/upstream.ts'
import { requireTool } from '../support/require-tool.ts'

const ORDERS = '/trade-api/v2/orders'
/** Where the caller comes from: no proxy is there. */
const CALLER = '127.0.0.9'

describe('HAProxy before nginx', () => {
  const proxied = useProxied('nginx', { config: { trustedProxies: ['127.0.0.1'] } })
  let haproxy: { readonly port: number; readonly program: Program } | undefined
  let alice: GivenKey

  beforeEach(async (context) => {
    requireTool(context, 'haproxy', 'haproxy')
    if (haproxy) return
    const { ports, database } = proxied()
    const { public: port } = await findFreePorts()
    const folder = await newFolder()
    const file = join(folder.path, 'haproxy.cfg')
    const recipe = withPorts(await readExample('haproxy/haproxy.cfg'), ports)
    await writeFile(file, recipe.replace(':8443', `:${port}`))
    const program = await startProgram({ command: 'haproxy', args: ['-db', '-f', file], listensOn: [port] })
    await folder.remove()
    alice = await givenKey(database, await givenCustomer(database, 'Alice'), {
      ipAllowlist: [`${CALLER}/32`],
    })
    haproxy = { port, program }
  })
  afterAll(() => haproxy?.program.stop())

  const through = (request: ToSend) => send(haproxy?.port ?? 0, { from: CALLER, ...request })

  test.each([ORDERS, `${ORDERS}?a=%2F&b=%c3%a9`])('%s is signed, decided and sent as it is', async (target) => {
    const { upstream } = proxied()
    expect((await through({ target, as: alice })).status).toBe(200)
    const received = upstream.received.at(-1)
    expect(received?.target).toBe(target)
    expect(received && valuesOf(received, 'x-countersign-key')).toEqual([alice.keyId])
    const authority = `127.0.0.1:${haproxy?.port}`
    const headers = messageSignature(alice, { method: 'GET', target, authority })
    expect((await through({ target, headers })).status).toBe(200)
  })

  test('the caller’s address counts, and not the one that it wrote itself', async () => {
    const forged: [string, string][] = [['X-Forwarded-For', CALLER]]
    const answer = await through({ target: ORDERS, as: alice, from: '127.0.0.8', headers: forged })
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('ip_not_allowed')
  })

  test('a refusal arrives whole', async () => {
    const answer = await through({ target: ORDERS })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Signature realm="countersign"')
    expect(answer.headers['accept-signature']).toContain('"@authority"')
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'token_authentication_failure' } })
  })
})

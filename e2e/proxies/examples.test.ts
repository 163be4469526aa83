import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Program, startProgram } from '../../examples/support/program.ts'
import { eventually } from '../support/eventually.ts'
import { keyHolder } from '../support/key-holder.ts'
import { messageSignature } from '../support/proxy/message-signature.ts'
import { PROXIES, requireProxy } from '../support/proxy/proxied.ts'
import { send } from '../support/proxy/send.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BALANCE = '/trade-api/v2/portfolio/balance'
const ORDERS = '/trade-api/v2/portfolio/orders'

describe.each(PROXIES)('examples/%s', (kind) => {
  test('one command starts it all, what it prints works, Ctrl-C ends it all', { timeout: 120_000 }, async (context) => {
    requireProxy(context, kind)
    const example = await startProgram({
      command: process.execPath,
      args: [`${ROOT}examples/${kind}/start.ts`, '--free-ports'],
      listensOn: [],
    })
    try {
      await eventually(60_000, () => hasStarted(example))
      const commands = example
        .output()
        .split('\n')
        .filter((line) => line.startsWith('  npx '))
      const [curl = '', list = ''] = commands.map((line) => line.trim().replaceAll('npx countersign', command()))

      const balance = JSON.parse((await run('sh', ['-c', curl], { cwd: ROOT })).stdout)
      const keyId = /--key-id (\S+)/.exec(curl)?.[1] ?? ''
      expect(balance).toMatchObject({ balance: 10_000, key: keyId })
      expect(example.output()).toContain(`GET ${BALANCE} by account ${balance.account}, key ${keyId}\n`)
      expect((await run('sh', ['-c', list], { cwd: ROOT })).stdout).toContain(keyId)

      const port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(curl)?.[1])
      expect((await send(port, { target: BALANCE })).status).toBe(401)
      expect((await send(port, { target: '/trade-api/v2/exchange/status' })).text).toContain('open')
      const keyFile = /--key-file (\S+)/.exec(curl)?.[1] ?? ''
      await checksBodies(port, keyId, await readFile(keyFile, 'utf8'))

      example.signal('SIGINT')
      expect(await example.ended).toEqual([0, null])
      await expect(send(port, { target: BALANCE })).rejects.toThrow('ECONNREFUSED')
      expect(existsSync(keyFile)).toBe(false)
    } finally {
      await example.stop()
    }
  })
})

/** The API itself refuses what Countersign could not see: bodies that are not the signed ones. */
async function checksBodies(port: number, keyId: string, pem: string): Promise<void> {
  const holder = keyHolder(keyId, pem)
  const order = (signed: string | undefined, sent: string | undefined) => {
    const message = { method: 'POST', target: ORDERS, authority: `127.0.0.1:${port}` }
    const headers = messageSignature(holder, { ...message, ...(signed !== undefined && { body: signed }) })
    return send(port, { method: 'POST', target: ORDERS, headers, ...(sent !== undefined && { body: sent }) })
  }
  expect((await order('{"side":"buy"}', '{"side":"buy"}')).status).toBe(201)
  expect((await order('{"side":"buy"}', '{"side":"sel"}')).status).toBe(400)
  expect((await order('{"side":"buy"}', undefined)).status).toBe(400)
  expect((await order(undefined, undefined)).status).toBe(201)
}

function hasStarted(example: Program): boolean {
  return example.output().includes('Who called the API:')
}

/** The command as this checkout has it, whatever is on the path. */
function command(): string {
  return `${process.execPath} ${ROOT}packages/cli/bin/countersign.js`
}

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startProgram } from '../../examples/support/program.ts'
import { HAS_REDIS } from '../../packages/redis/test/redis-server.ts'
import { eventually } from '../support/eventually.ts'
import { requireProxy } from '../support/proxy/proxied.ts'
import { send } from '../support/proxy/send.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BALANCE = '/trade-api/v2/portfolio/balance'

test.runIf(HAS_REDIS)(
  'deploy/start.ts starts it all, what it prints works on each node, Ctrl-C ends it all',
  async (context) => {
    requireProxy(context, 'caddy')
    const deployment = await startProgram({
      command: process.execPath,
      args: [`${ROOT}deploy/start.ts`, '--free-ports'],
      listensOn: [],
    })
    try {
      await eventually(100_000, () => deployment.output().includes('Who called the API:'))
      const [curl = '', list = ''] = deployment
        .output()
        .split('\n')
        .filter((line) => line.startsWith('  npx '))
        .map((line) =>
          line.trim().replaceAll('npx countersign', `${process.execPath} ${ROOT}packages/cli/bin/countersign.js`),
        )
      const keyId = /--key-id (\S+)/.exec(curl)?.[1] ?? ''
      // Caddy asks the nodes in turn.
      for (let node = 0; node < 2; node++) {
        expect(JSON.parse((await run('sh', ['-c', curl], { cwd: ROOT })).stdout)).toMatchObject({ key: keyId })
        expect((await run('sh', ['-c', list], { cwd: ROOT })).stdout).toContain(keyId)
      }
      const port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(curl)?.[1])
      expect((await send(port, { target: BALANCE })).status).toBe(401)

      deployment.signal('SIGINT')
      expect(await deployment.ended).toEqual([0, null])
      await expect(send(port, { target: BALANCE })).rejects.toThrow('ECONNREFUSED')
      expect(existsSync(/--key-file (\S+)/.exec(curl)?.[1] ?? '')).toBe(false)
    } finally {
      await deployment.stop()
    }
  },
)

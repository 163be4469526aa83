import { describe, expect, test } from 'vitest'
import type { ServerModule } from '../server-module.ts'
import { runIn, testFolder } from '../testing/test-io.ts'

async function serve(argv: string[], result: () => Promise<number> = async () => 0) {
  const folder = await testFolder()
  const calls: Parameters<ServerModule['serve']>[0][] = []
  const server: ServerModule = {
    bootstrap: () => Promise.reject(new Error('not here')),
    linkOnDatabase: () => Promise.reject(new Error('not here')),
    readSettings: () => Promise.reject(new Error('not here')),
    explainRule: () => ({ method: '', target: '', passedOver: [] }),
    serve: (options) => {
      calls.push(options)
      options.note('listening')
      return result()
    },
  }
  const env = { COUNTERSIGN_PORT: '4200' }
  return { ...(await runIn(folder, ['serve', ...argv], { env, loadServer: async () => server })), calls, folder }
}

describe('serve', () => {
  test('hands over the environment and what was said', async () => {
    const { code, stdout, stderr, calls, folder } = await serve([
      ...['--host', '::1', '--port', '0', '--database', 'sqlite:x'],
    ])
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: 'listening\n' })
    expect(calls).toMatchObject([
      {
        overrides: { host: '::1', port: 0, databaseUrl: 'sqlite:x' },
        env: { COUNTERSIGN_PORT: '4200' },
        baseFolder: folder,
      },
    ])
  })

  test('overrides nothing that was not said', async () => {
    expect((await serve([])).calls).toMatchObject([{ overrides: {} }])
  })

  test('hands over which planes to run, with how many threads and which configuration', async () => {
    const { calls } = await serve([
      ...[
        '--plane',
        'data',
        '--workers',
        '4',
        '--authorize-port',
        '4201',
        '--config',
        'own.yaml',
        '--single-node-promises',
      ],
    ])
    const overrides = { singleNodePromises: true, plane: 'data', workers: 4, authorizePort: 4201, config: 'own.yaml' }
    expect(calls).toMatchObject([{ overrides }])
  })

  test.each([['--workers=0'], ['--workers=257'], ['--workers=x'], ['--plane=none']])('refuses %s', async (option) => {
    const { code, calls } = await serve([option])
    expect({ code, calls }).toEqual({ code: 2, calls: [] })
  })

  test("ends with the server's exit code", async () => {
    expect((await serve([], async () => 1)).code).toBe(1)
  })

  test('says what to do where the port is taken', async () => {
    const fault = Object.assign(new Error('listen EADDRINUSE: 127.0.0.1:4100'), { code: 'EADDRINUSE' })
    const { code, stderr } = await serve([], () => Promise.reject(fault))
    expect(code).toBe(1)
    expect(stderr).toContain('or choose other ports: --port (control plane), --authorize-port')
  })

  test('a wrong setting is wrong usage', async () => {
    const fault = Object.assign(new Error('COUNTERSIGN_PORT must be a port'), { name: 'ConfigError' })
    expect((await serve([], () => Promise.reject(fault))).code).toBe(2)
  })

  test.each(['65536', '-1', '1.5', '0x10', ''])('refuses %j as a port', async (port) => {
    const { code, calls } = await serve([`--port=${port}`])
    expect({ code, calls }).toEqual({ code: 2, calls: [] })
  })
})

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bootstrapKey } from './support/key-holder.ts'
import { requireTool } from './support/require-tool.ts'
import { DIALECTS, startTestServer, type TestServer } from './support/running-server.ts'

const run = promisify(execFile)
const SCRIPT = fileURLToPath(new URL('shell-client.sh', import.meta.url))
const ROUNDS = ['pss-32', 'pss-default', 'ed25519']

describe.each(DIALECTS)('openssl and curl (%s)', (dialect) => {
  let server: TestServer
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-shell-'))
    server = await startTestServer(dialect)
  })
  afterAll(async () => {
    await server?.close()
    await rm(folder, { recursive: true, force: true })
  })

  beforeEach((context) => {
    requireTool(context, 'openssl', 'openssl')
    requireTool(context, 'curl', 'curl')
  })

  test.each(['rsa', 'ed25519'] as const)('manage keys from a first key that is %s', async (keyType) => {
    const { keyId, pem } = await bootstrapKey(server.databaseUrl, `shell ${keyType}`, keyType)
    const file = join(folder, `${keyType}.pem`)
    await writeFile(file, pem, { mode: 0o600 })

    const { stdout, stderr } = await run('sh', [SCRIPT, server.url, keyId, file])

    expect(stderr).toBe('')
    const lines = stdout.split('\n')
    expect(lines.filter((line) => ROUNDS.includes(line))).toEqual(ROUNDS)
    expect(lines.filter((line) => line === '    401 NOT_FOUND')).toHaveLength(2 * ROUNDS.length)
    expect(lines.filter((line) => line === '    201 "private_key"')).toHaveLength(ROUNDS.length)
    expect(stdout).not.toContain('PRIVATE KEY')
  })

  test('end with 1 where the key is not the registered one', async () => {
    const { keyId } = await bootstrapKey(server.databaseUrl, 'shell wrong')
    const { pem } = await bootstrapKey(server.databaseUrl, 'shell another')
    const file = join(folder, 'wrong.pem')
    await writeFile(file, pem, { mode: 0o600 })

    await expect(run('sh', [SCRIPT, server.url, keyId, file])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('INCORRECT_API_KEY_SIGNATURE'),
    })
  })
})

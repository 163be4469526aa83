import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ServerModule } from '../server-module.ts'
import { KEY_PEM } from '../testing/fake-server.ts'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

type Options = Parameters<ServerModule['bootstrap']>[0]

async function bootstrap(argv: string[], { folder, fails, ...io }: TestIo & { folder?: string; fails?: Error } = {}) {
  const cwd = folder ?? (await testFolder())
  const calls: (Options & { fileExisted: boolean })[] = []
  const server: ServerModule = {
    serve: () => Promise.reject(new Error('not here')),
    linkOnDatabase: () => Promise.reject(new Error('not here')),
    readSettings: async (env, { databaseUrl }, baseFolder) => ({
      databaseUrl: databaseUrl ?? env.COUNTERSIGN_DATABASE_URL ?? `sqlite:${baseFolder}/data/countersign.db`,
      host: '127.0.0.1',
      port: 4100,
      basePath: '',
      publicPrefix: '',
      rules: [],
      tiers: { own: {} },
      defaultTier: 'own',
    }),
    explainRule: () => ({ method: '', target: '', passedOver: [] }),
    bootstrap: async (options) => {
      calls.push({ ...options, fileExisted: existsSync(join(cwd, 'a.pem')) })
      if (fails) throw fails
      return {
        database: { location: '/srv/countersign.db', created: true },
        account: { id: 'x', name: options.accountName, created: false, tier: 'basic' },
        apiKey: { apiKeyId: 'id-1', keyType: 'rsa', scopes: ['read', 'write'], fingerprint: 'FP', privateKey: KEY_PEM },
      }
    },
  }
  const outcome = await runIn(cwd, ['bootstrap', ...argv], { loadServer: async () => server, ...io })
  return { ...outcome, calls, cwd }
}

describe('bootstrap', () => {
  test('makes an account of operators on demand only', async () => {
    const argv = ['--account', 'ops', '--out', 'a.pem']
    expect((await bootstrap([...argv, '--operator'])).calls).toMatchObject([{ accountName: 'ops', operator: true }])
    expect((await bootstrap(argv)).calls).toMatchObject([{ accountName: 'ops', operator: undefined }])
  })

  test('saves the private key and tells which database and account it was', async () => {
    const { code, stdout, stderr, cwd, calls } = await bootstrap(['--account', 'demo', '--out', 'a.pem'])
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'Database created: /srv/countersign.db\nAccount demo found, usage tier basic\n',
    })
    expect(stdout).toMatch(
      /^● Key bootstrap made\n {2}key id {7}id-1\n {2}fingerprint {2}FP\n {2}mark {9}unknown\n {2}private key {2}a\.pem/,
    )
    expect(await readFile(join(cwd, 'a.pem'), 'utf8')).toBe(KEY_PEM)
    expect((await stat(join(cwd, 'a.pem'))).mode & 0o777).toBe(0o600)
    expect(calls).toEqual([
      {
        databaseUrl: `sqlite:${cwd}/data/countersign.db`,
        tiers: { own: {} },
        defaultTier: 'own',
        accountName: 'demo',
        keyName: 'bootstrap',
        fileExisted: true,
      },
    ])
  })

  test('with --json prints exactly the id and the absolute path', async () => {
    const { stdout, cwd } = await bootstrap(['--account', 'demo', '--out', 'a.pem', '--json'])
    expect(JSON.parse(stdout)).toEqual({ api_key_id: 'id-1', private_key_file: join(cwd, 'a.pem') })
  })

  test('passes on what was said', async () => {
    const options = ['--tier', 'premier', '--name', 'first', '--key-type', 'ed25519', '--database', 'sqlite:/d']
    const { calls } = await bootstrap(['--account', 'demo', '--out', 'a.pem', ...options], {
      env: { COUNTERSIGN_DATABASE_URL: 'sqlite:/other' },
    })
    expect(calls).toMatchObject([
      { databaseUrl: 'sqlite:/d', tier: 'premier', keyName: 'first', keyType: 'ed25519', accountName: 'demo' },
    ])
  })

  test('takes the database of the environment before the default', async () => {
    const env = { COUNTERSIGN_DATABASE_URL: 'sqlite:/other' }
    const { calls } = await bootstrap(['--account', 'demo', '--out', 'a.pem'], { env })
    expect(calls).toMatchObject([{ databaseUrl: 'sqlite:/other' }])
  })

  test('suggests npx where it was run so', async () => {
    const { stdout } = await bootstrap(['--account', 'demo', '--out', 'a.pem'], { env: { npm_command: 'exec' } })
    expect(stdout).toContain('try it       npx countersign request GET')
  })

  test('never overwrites a file, and then opens no database', async () => {
    const folder = await testFolder()
    await writeFile(join(folder, 'a.pem'), 'precious')
    const { code, calls, stderr } = await bootstrap(['--account', 'demo', '--out', 'a.pem'], { folder })
    expect({ code, calls }).toEqual({ code: 1, calls: [] })
    expect(stderr).toContain('error: a.pem exists')
    expect(await readFile(join(folder, 'a.pem'), 'utf8')).toBe('precious')
  })

  test('leaves no file behind after a refusal, and tells its fix', async () => {
    const fails = Object.assign(new Error('there is no usage tier gold'), { fix: 'choose one of basic, premier' })
    const { code, stderr, stdout, cwd } = await bootstrap(['--account', 'a', '--tier', 'gold', '--out', 'a.pem'], {
      fails,
    })
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: there is no usage tier gold\n  fix  choose one of basic, premier\n',
    })
    expect(existsSync(join(cwd, 'a.pem'))).toBe(false)
  })

  test.each([
    ['no account', ['--out', 'a.pem'], '--account <name>'],
    ['no file', ['--account', 'demo'], '--out <file>'],
    ['an account without a name', ['--account', ' ', '--out', 'a.pem'], 'A name must have 1 to 128 characters'],
    [
      'another kind of key',
      ['--account', 'a', '--out', 'a.pem', '--key-type', 'dsa'],
      'Allowed choices are rsa, ed25519',
    ],
  ])('refuses %s', async (_, argv, message) => {
    const { code, stderr, calls, cwd } = await bootstrap(argv)
    expect({ code, calls }).toEqual({ code: 2, calls: [] })
    expect(stderr).toContain(message)
    expect(existsSync(join(cwd, 'a.pem'))).toBe(false)
  })
})

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { deploymentFiles } from '../audit/deployment-files.ts'
import { ConfigError } from './config-error.ts'
import { type Environment, kubernetesVariables } from './environment.ts'
import { readSettings, type SettingsOverrides } from './read-settings.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-config-'))
  return () => rm(folder, { recursive: true })
})

const write = (name: string, text: string) => writeFile(join(folder, name), text)
const read = (env: Environment = {}, overrides: SettingsOverrides = {}) => readSettings(env, overrides, folder)

async function problemsOf(env: Environment = {}, overrides: SettingsOverrides = {}): Promise<readonly string[]> {
  const error = await read(env, overrides).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ConfigError)) throw error ?? new Error('nothing was refused')
  expect(error.message).toBe(error.problems.join('\n'))
  return error.problems
}

describe('settings', () => {
  it('are the defaults where nothing was said', async () => {
    const databaseUrl = `sqlite:${join(folder, 'data', 'countersign.db')}`
    expect(await read()).toEqual({ ...DEFAULT_SETTINGS, databaseUrl })
  })

  it('can be handed to a thread', async () => {
    await write('countersign.config.yaml', 'publicUrl: https://api.example.com\nrules: [{match: GET /a}]\n')
    const settings = await read({ COUNTERSIGN_TRUSTED_PROXIES: '::1' })
    expect(structuredClone(settings)).toEqual(settings)
  })

  it('have the deployment key beside a SQLite file, in the folder of the data with PostgreSQL, or where it was said', async () => {
    const postgres = { COUNTERSIGN_DATABASE_URL: 'postgres://u@h/countersign' }
    const filesOf = async (env: Environment) => deploymentFiles(await read(env))
    const beside = (...path: string[]) => ({
      keyFile: join(...path, 'deployment-key.pem'),
      headFile: join(...path, 'audit-heads.jsonl'),
    })
    expect(await filesOf({ COUNTERSIGN_DATABASE_URL: 'sqlite:/srv/countersign.db' })).toEqual(beside('/srv'))
    expect(await filesOf({ COUNTERSIGN_DATABASE_URL: 'sqlite:/srv/a b.db' })).toEqual({
      keyFile: '/srv/deployment-key.pem',
      headFile: '/srv/a_b.audit-heads.jsonl',
    })
    expect(await filesOf({ COUNTERSIGN_DATABASE_URL: 'postgres://u@h/staging' })).toMatchObject({
      headFile: join(folder, 'data', 'staging.audit-heads.jsonl'),
    })
    expect(await filesOf({ COUNTERSIGN_DATABASE_URL: 'sqlite::memory:' })).toEqual({})
    expect(await filesOf(postgres)).toEqual(beside(folder, 'data'))
    const env = { ...postgres, COUNTERSIGN_DEPLOYMENT_KEY_FILE: '/keys/deployment-key.pem' }
    expect(await filesOf(env)).toEqual(beside('/keys'))
    await write('countersign.config.json', '{"audit": {"headFile": null}, "usage": {"daysForDays": 5}}')
    expect(await filesOf(env)).toEqual({ keyFile: '/keys/deployment-key.pem' })
    expect((await read()).usage).toEqual({ ...DEFAULT_SETTINGS.usage, daysForDays: 5 })
  })

  it('come from the flag, then the environment, then the file', async () => {
    await write('countersign.config.json', '{"publicUrl": "https://file.example", "trustedProxies": ["10.0.0.1"]}')
    await writeFile(join(folder, 'other.json'), '{"basePath": "/other"}')
    const file = { publicUrl: 'https://file.example', trustedProxies: ['10.0.0.1'], host: '127.0.0.1', port: 4100 }
    expect(await read()).toMatchObject(file)

    const env = {
      COUNTERSIGN_HOST: '0.0.0.0',
      COUNTERSIGN_PORT: '1',
      COUNTERSIGN_AUTHORIZE_PORT: '2',
      COUNTERSIGN_WORKERS: '3',
      COUNTERSIGN_DATABASE_URL: 'sqlite:env.db',
      COUNTERSIGN_REDIS_URL: 'rediss://u:p@cache:6379',
      COUNTERSIGN_TRUSTED_PROXIES: '10.0.0.2, 10.1.0.0/16',
      COUNTERSIGN_SINGLE_NODE_PROMISES: 'true',
      COUNTERSIGN_LOG_LEVEL: 'debug',
      COUNTERSIGN_PUBLIC_URL: 'https://env.example/',
    }
    const said = {
      host: '0.0.0.0',
      port: 1,
      authorizePort: 2,
      workers: 3,
      databaseUrl: 'sqlite:env.db',
      redisUrl: 'rediss://u:p@cache:6379',
      trustedProxies: ['10.0.0.2', '10.1.0.0/16'],
      singleNodePromises: true,
      logLevel: 'debug',
      publicUrl: 'https://env.example',
    }
    expect(await read(env)).toMatchObject({ ...said, configFile: join(folder, 'countersign.config.json') })

    const overrides = {
      host: '::1',
      port: 0,
      authorizePort: 0,
      plane: 'data',
      workers: 4,
      singleNodePromises: false,
      databaseUrl: 'sqlite:flag.db',
    } as const
    const named = { ...env, COUNTERSIGN_CONFIG: join(folder, 'countersign.config.json') }
    const config = join(folder, 'other.json')
    expect(await read(named, { ...overrides, config })).toMatchObject({ ...said, ...overrides, basePath: '/other' })
  })

  it('keep the other defaults of a group that the file names in part', async () => {
    await write('countersign.config.json', '{"abuse": {"failures": 7}, "admission": {}}')
    const { abuse, admission } = await read()
    expect({ abuse, admission }).toEqual({
      abuse: { failures: 7, refillPerSecond: 5 },
      admission: DEFAULT_SETTINGS.admission,
    })
  })

  it.each([
    [{ host: 'a b' }, '--host: found "a b", allowed: an address or a host name'],
    [{ port: 65_536 }, '--port: found 65536, allowed: a whole number from 0 to 65535'],
    [{ authorizePort: -1 }, '--authorize-port: found -1, allowed'],
    [{ workers: 0 }, '--workers: found 0, allowed: a whole number from 1 to 256'],
  ])('of the command line are checked: %j', async (overrides, problem) => {
    expect(await problemsOf({}, overrides)).toEqual([expect.stringContaining(problem)])
  })
})

describe('the environment', () => {
  it.each([
    ['COUNTERSIGN_PORTT', '1', 'COUNTERSIGN_PORTT: unknown variable, nearest known: COUNTERSIGN_PORT'],
    ['COUNTERSIGN_DATABASE', 'x', 'COUNTERSIGN_DATABASE: unknown variable, nearest known: COUNTERSIGN_DATABASE_URL'],
    ['COUNTERSIGN_HOST', 'a b', 'COUNTERSIGN_HOST: found "a b", allowed: an address or a host name'],
    ['COUNTERSIGN_PORT', '65536', 'COUNTERSIGN_PORT: found 65536, allowed: a whole number from 0 to 65535'],
    ['COUNTERSIGN_PORT', '0x10', 'COUNTERSIGN_PORT: found "0x10", allowed'],
    ['COUNTERSIGN_AUTHORIZE_PORT', '-1', 'COUNTERSIGN_AUTHORIZE_PORT: found "-1", allowed'],
    ['COUNTERSIGN_WORKERS', '257', 'COUNTERSIGN_WORKERS: found 257, allowed: a whole number from 1 to 256'],
    ['COUNTERSIGN_LOG_LEVEL', 'loud', 'COUNTERSIGN_LOG_LEVEL: found "loud", allowed: fatal, error, '],
    ['COUNTERSIGN_PUBLIC_URL', 'x', 'COUNTERSIGN_PUBLIC_URL: found "x", allowed: an origin such as'],
    ['COUNTERSIGN_TRUSTED_PROXIES', '::1,,', 'COUNTERSIGN_TRUSTED_PROXIES: found "", allowed: an address'],
    ['COUNTERSIGN_REDIS_URL', 'http://u:secret@h', 'COUNTERSIGN_REDIS_URL: found another kind of URL, allowed: redis'],
    [
      'COUNTERSIGN_DATABASE_URL_FILE',
      '/nowhere/x',
      'COUNTERSIGN_DATABASE_URL_FILE: "/nowhere/x": there is no such file',
    ],
  ])('is checked: %s=%s', async (name, value, problem) => {
    const problems = await problemsOf({ [name]: value })
    expect(problems[0]).toContain(problem)
    expect(problems.join()).not.toContain('secret')
  })

  it('ignores what Kubernetes sets for a Service of this name, or of one that begins with it', async () => {
    const env = {
      COUNTERSIGN_PORT: 'tcp://10.96.12.7:4100',
      COUNTERSIGN_PORT_4100_TCP: 'tcp://10.96.12.7:4100',
      COUNTERSIGN_PORT_4100_TCP_PROTO: 'tcp',
      COUNTERSIGN_PORT_4100_TCP_PORT: '4100',
      COUNTERSIGN_PORT_4100_TCP_ADDR: '10.96.12.7',
      COUNTERSIGN_SERVICE_HOST: '10.96.12.7',
      COUNTERSIGN_SERVICE_PORT: '4100',
      COUNTERSIGN_SERVICE_PORT_HTTP: '4100',
      COUNTERSIGN_AUTHORIZE_PORT: 'tcp://[fd00::7]:4101',
      COUNTERSIGN_AUTHORIZE_SERVICE_HOST: 'fd00::7',
      COUNTERSIGN_DB_PORT: 'udp://10.96.12.9:5432',
    }
    expect(kubernetesVariables({ ...env, COUNTERSIGN_HOST: '::1', KUBERNETES_SERVICE_HOST: 'x' })).toEqual(
      Object.keys(env),
    )
    expect(await read({ ...env, COUNTERSIGN_HOST: '::1' })).toEqual(await read({ COUNTERSIGN_HOST: '::1' }))
    expect(await problemsOf({ COUNTERSIGN_PORT: 'http://10.96.12.7:4100' })).toHaveLength(1)
  })

  it.each(['redis://u:p@secret@h', 'redis://u:p#secret@h', 'rediss://u:secret word@h'])(
    'takes no Redis URL whose password is not encoded: %s',
    async (url) => {
      const problems = await problemsOf({ COUNTERSIGN_REDIS_URL: url })
      expect(problems).toHaveLength(1)
      expect(problems.join()).not.toContain('secret')
    },
  )

  it('repeats no password of a URL, whatever setting it stands in', async () => {
    const problems = await problemsOf({
      COUNTERSIGN_PUBLIC_URL: 'https://u:secret@h',
      COUNTERSIGN_HOST: 'postgres://u:p#secret@h',
    })
    expect(problems).toHaveLength(2)
    expect(problems.join()).not.toContain('secret')
  })

  it('may name what only clients read, and what is not ours', async () => {
    const env = { COUNTERSIGN_URL: 'x', COUNTERSIGN_KEY_ID: 'x', COUNTERSIGN_KEY_FILE: 'x', COUNTERSIGNATURE: 'x' }
    await expect(read(env)).resolves.toMatchObject({ host: '127.0.0.1' })
  })

  it('says nothing where a variable is empty', async () => {
    const empty = {
      COUNTERSIGN_HOST: '',
      COUNTERSIGN_PORT: '',
      COUNTERSIGN_CONFIG: '',
      COUNTERSIGN_DATABASE_URL_FILE: '',
    }
    expect(await read(empty)).toEqual(await read())
  })

  it('may hold the path of a secret in place of it', async () => {
    await write('database', 'postgres://u:p@db/x\n')
    await write('redis', 'redis://cache')
    const files = {
      COUNTERSIGN_DATABASE_URL_FILE: join(folder, 'database'),
      COUNTERSIGN_REDIS_URL_FILE: join(folder, 'redis'),
    }
    expect(await read(files)).toMatchObject({ databaseUrl: 'postgres://u:p@db/x', redisUrl: 'redis://cache' })
    expect(await problemsOf({ ...files, COUNTERSIGN_DATABASE_URL: 'sqlite:x' })).toEqual([
      'COUNTERSIGN_DATABASE_URL: found together with COUNTERSIGN_DATABASE_URL_FILE, allowed: one of them',
    ])
  })

  it('refuses a secret that is empty, and a folder in its place', async () => {
    await write('empty', ' \n')
    expect(
      await problemsOf({ COUNTERSIGN_DATABASE_URL_FILE: join(folder, 'empty'), COUNTERSIGN_REDIS_URL_FILE: folder }),
    ).toEqual([
      `COUNTERSIGN_REDIS_URL_FILE: ${JSON.stringify(folder)}: it is a folder`,
      `COUNTERSIGN_DATABASE_URL_FILE: ${JSON.stringify(join(folder, 'empty'))}: it is empty`,
    ])
  })

  it('throws nothing but ConfigError, whatever it holds', async () => {
    const name = fc.constantFrom(
      'HOST',
      'PORT',
      'WORKERS',
      'TRUSTED_PROXIES',
      'PUBLIC_URL',
      'LOG_LEVEL',
      'REDIS_URL',
      'X',
    )
    const env = fc.dictionary(
      name.map((name) => `COUNTERSIGN_${name}`),
      fc.string(),
    )
    await fc.assert(
      fc.asyncProperty(env, async (env) => {
        const error = await read(env).catch((thrown: unknown) => thrown)
        if (error instanceof Error) expect(error).toBeInstanceOf(ConfigError)
      }),
    )
  })
})

describe('the configuration file', () => {
  it.each([
    ['json', '{"basePath": "/v1"}'],
    ['json', '\ufeff{"basePath": "/v1"}'],
    ['yaml', 'basePath: /v1 # ours\n'],
    ['mjs', 'export default { basePath: "/v1" }'],
    ['js', 'module.exports = { basePath: "/v1" }'],
    ['ts', 'const basePath: string = "/v1"\nexport default { basePath } satisfies object'],
  ])('may be .%s: %s', async (extension, text) => {
    await write(`countersign.config.${extension}`, text)
    const configFile = join(folder, `countersign.config.${extension}`)
    expect(await read()).toMatchObject({ basePath: '/v1', configFile })
  })

  it('may name the schema of an editor, which counts for nothing', async () => {
    await write('countersign.config.json', '{"$schema": "./configuration.schema.json", "basePath": "/v1"}')
    const { configFile, ...settings } = await read()
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, basePath: '/v1', databaseUrl: expect.any(String) })
    expect(settings).not.toHaveProperty('$schema')
    await write('countersign.config.json', '{"$schema": 5, "schema": "x"}')
    expect(await problemsOf()).toEqual([
      'countersign.config.json:1: ["$schema"]: found 5, allowed: the address of a JSON Schema',
      expect.stringContaining('1: schema: unknown key, nearest known: $schema'),
    ])
  })

  it('says so with null where any tag will do', async () => {
    await write('countersign.config.yaml', 'signatureTag: null')
    expect((await read()).signatureTag).toBeNull()
  })

  it('keeps tiers in their order, without the default ones', async () => {
    const bucket = '{refillRate: 1, capacity: 10}'
    const tier = `{read: ${bucket}, write: ${bucket}}`
    await write(
      'countersign.config.yaml',
      `defaultTier: low\ntiers:\n  low: ${tier}\n  high: ${tier}\n  best: ${tier}\n`,
    )
    expect(Object.keys((await read()).tiers)).toEqual(['low', 'high', 'best'])
  })

  it('must be there where it is named', async () => {
    for (const name of ['x.json', 'x.yaml', 'x.ts']) {
      const path = join(folder, name)
      expect(await problemsOf({ COUNTERSIGN_CONFIG: path })).toEqual([`${path}: there is no such file`])
    }
  })

  it('is not passed over for its ending or another one beside it', async () => {
    await write('countersign.config.yml', '')
    expect(await problemsOf()).toEqual([
      expect.stringContaining(
        'countersign.config.yml: found a file that ends in ".yml", allowed: countersign.config.ts, ',
      ),
    ])
    await write('countersign.config.json', '{}')
    expect(await problemsOf()).toEqual([
      `${folder}: found countersign.config.json and countersign.config.yml, allowed: one of them`,
    ])
    expect(await problemsOf({ COUNTERSIGN_CONFIG: join(folder, 'x.toml') })).toEqual([
      expect.stringContaining('x.toml: found a file that ends in ".toml", allowed: '),
    ])
  })

  it.each([
    ['json', '{\n  "mode": "observe",\n}', '3:1: it is not JSON: property name expected'],
    ['json', '{\n  // ours\n}', '2:3: it is not JSON: invalid comment token'],
    ['json', '{"rules": [\n  1 2]}', '2:5: it is not JSON: comma expected'],
    ['json', '', '1:1: it is not JSON: value expected'],
    ['json', '{"abuse": {"failures": 1,\n "failures": 2}}', '2:2: key "failures" is given twice'],
    ['json', '{\n\n"windowMs": 5}', '3: windowMs: found 5, allowed: '],
    ['json', '{\n\n"tierz": {}}', '3: tierz: unknown key, nearest known: tiers'],
    ['json', 'null', '1: found null, allowed: an object with '],
    ['json', '{"rules": [\n{"match": "GET /a"},\n{"scope": "read"}]}', '3: rules[1].match: is missing'],
    ['yaml', 'a: [1\nb: 2', '2:1: it is not YAML: Flow sequence'],
    ['yaml', 'mode: observe\nmode: enforce', '2:1: it is not YAML: Map keys must be unique'],
    ['yaml', 'mode: !!js/function x', '1:7: it is not YAML: Unresolved tag'],
    ['yaml', 'a: 1\n---\nb: 1', '2:1: it is not YAML: Source contains multiple documents'],
    [
      'yaml',
      'rules:\n  - match: GET /a\n  - match: GET /b\n    scope: raed',
      '4: rules[1].scope: found "raed", allowed: ',
    ],
    ['yaml', 'rules:\n  - match: GET /a\n  - match: GET /a', '3: rules[1].match: can never match: rules[0]'],
    ['yaml', '\ntiers:\n  basic:\n    read: {refillRate: 1, capacity: 1}', '4: tiers.basic.write: is missing'],
    ['yaml', '? [basePath]\n: /v1', '1: ["[ basePath ]"]: unknown key'],
    ['yaml', 'windowMs:', '1: windowMs: found null, allowed: '],
    ['mjs', 'export default { windowMs: 5 }', ' windowMs: found 5, allowed: '],
    ['mjs', 'export const config = {}', ' it has no default export'],
    ['mjs', 'export default () => ({})', ' found a function, allowed: an object with '],
  ])('names the place of what is wrong: .%s %j', async (extension, text, problem) => {
    await write(`countersign.config.${extension}`, text)
    const [told = '', ...others] = await problemsOf()
    expect(others).toEqual([])
    expect(told.replace(`${folder}/`, '')).toContain(`countersign.config.${extension}:${problem}`)
  })

  it('cannot make a list of itself without end', async () => {
    const lines = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`)
    await write('countersign.config.yaml', ['a0: &a0 [1]', ...lines].join('\n'))
    expect(await problemsOf()).toEqual([expect.stringContaining('it is not YAML: Excessive alias count')])
  })

  it('is told of together with the environment', async () => {
    await write('countersign.config.json', '{"mode": "x", "rules": [{"match": "GET a"}]}')
    expect(await problemsOf({ COUNTERSIGN_PORT: 'x' })).toHaveLength(3)
  })
})

/** As the server runs: by Node itself, which transforms nothing on the way. */
describe('a configuration file that is a program', { timeout: 30_000 }, () => {
  it.each([
    ['ts', 'export default {\n  mode: ,\n}', 'countersign.config.ts:2: it cannot be parsed: Expression expected'],
    [
      'ts',
      'enum Mode { A }\nexport default {}',
      'countersign.config.ts:1: it cannot be parsed: TypeScript enum is not',
    ],
    ['ts', 'export default {\n  mode: (null as any).x,\n}', 'countersign.config.ts:2:23: it threw TypeError: Cannot'],
    ['ts', 'throw "no"', 'countersign.config.ts: it threw "no"'],
    [
      'ts',
      'import "not-there"\nexport default {}',
      "countersign.config.ts: it threw Error: Cannot find package 'not-there'",
    ],
    ['mjs', 'export default {\n  mode: ,\n}', "it cannot be parsed: Unexpected token ','; its place: node --check "],
  ])('names the place of its fault: .%s %j', async (extension, text, problem) => {
    await write(`countersign.config.${extension}`, text)
    expect(await readByNode()).toContain(problem)
  })

  it('has its types from defineConfig', async () => {
    const url = import.meta.resolve('./define-config.ts')
    await write(
      'countersign.config.ts',
      `import { type Config, defineConfig } from '${url}'\nconst config: Config = { basePath: '/typed' }\nexport default defineConfig(config)\n`,
    )
    expect(JSON.parse(await readByNode())).toMatchObject({ basePath: '/typed' })
  })

  async function readByNode(): Promise<string> {
    const program = `
      const { readSettings } = await import(${JSON.stringify(import.meta.resolve('./read-settings.ts'))})
      const said = await readSettings({}, {}, ${JSON.stringify(folder)}).then(JSON.stringify, (error) => error.message)
      process.stdout.write(said)`
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    expect(stderr).toBe('')
    return stdout.replaceAll(`${folder}/`, '')
  }
})

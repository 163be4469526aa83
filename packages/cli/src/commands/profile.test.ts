import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fakeServer, KEY_ID, KEY_PEM, signingOptions } from '../testing/fake-server.ts'
import { runIn, testFolder } from '../testing/test-io.ts'

const fileOf = (folder: string) => join(folder, '.config', 'countersign', 'profiles.json')

describe('profile', () => {
  test('saves the path of the key file, for its owner only', async () => {
    const folder = await testFolder()
    await writeFile(join(folder, 'k.pem'), KEY_PEM, { mode: 0o600 })
    const argv = ['profile', 'save', 'desk', '--url', 'https://x.example/', '--key-id', KEY_ID, '--key-file', 'k.pem']
    const { code, stdout } = await runIn(folder, argv)
    expect(code).toBe(0)
    expect(stdout).toBe(`● Profile desk saved to ${fileOf(folder)}, in use\n`)
    expect(JSON.parse(await readFile(fileOf(folder), 'utf8'))).toEqual({
      current: 'desk',
      profiles: { desk: { url: 'https://x.example', key_id: KEY_ID, key_file: join(folder, 'k.pem') } },
    })
    expect((await stat(fileOf(folder))).mode & 0o777).toBe(0o600)
  })

  test('is kept in XDG_CONFIG_HOME where that is an absolute path', async () => {
    const folder = await testFolder()
    const argv = ['profile', 'save', 'a', '--key-id', 'x']
    await runIn(folder, argv, { env: { XDG_CONFIG_HOME: join(folder, 'xdg') } })
    await runIn(folder, argv, { env: { XDG_CONFIG_HOME: 'relative' } })
    expect(await readFile(join(folder, 'xdg', 'countersign', 'profiles.json'), 'utf8')).toContain('"a"')
    expect(await readFile(fileOf(folder), 'utf8')).toContain('"a"')
  })

  test('the first one is in use, another by use, none after it was removed', async () => {
    const folder = await testFolder()
    const inUse = async () => {
      const { profiles } = JSON.parse((await runIn(folder, ['profile', 'list', '--json'])).stdout)
      return profiles.map(({ name, in_use }: { name: string; in_use: boolean }) => [name, in_use])
    }
    await runIn(folder, ['profile', 'save', 'a', '--key-id', '1'])
    await runIn(folder, ['profile', 'save', 'b', '--key-id', '2'])
    expect(await inUse()).toEqual([
      ['a', true],
      ['b', false],
    ])
    await runIn(folder, ['profile', 'use', 'b'])
    expect(await inUse()).toEqual([
      ['a', false],
      ['b', true],
    ])
    await runIn(folder, ['profile', 'remove', 'b'])
    expect(await inUse()).toEqual([['a', false]])
  })

  test('lists what is saved', async () => {
    const folder = await testFolder()
    await runIn(folder, ['profile', 'save', 'a', '--key-id', '1'])
    const { stdout } = await runIn(folder, ['profile', 'list'])
    expect(stdout).toBe(
      'NAME  IN USE  URL      KEY ID  KEY FILE  SIGNED BY\na     yes     default  1       none      default\n',
    )
  })

  test('keeps the way of signing, which an option overrides', async () => {
    const folder = await testFolder()
    await writeFile(join(folder, 'k.pem'), KEY_PEM, { mode: 0o600 })
    const { url, seen } = await fakeServer(() => ({ body: { api_keys: [] } }))
    const save = ['profile', 'save', 'a', '--url', url, '--key-id', KEY_ID, '--key-file', 'k.pem']
    const saved = await runIn(folder, [...save, '--profile', 'access-headers', '--tag', 'acme', '--json'])
    expect(JSON.parse(saved.stdout)).toMatchObject({ signature_profile: 'access-headers', signature_tag: 'acme' })
    await runIn(folder, ['keys', 'list'])
    await runIn(folder, ['keys', 'list', '--profile', 'http-message-signatures', '--tag', 'countersign'])
    const { stderr } = await runIn(folder, ['keys', 'list', '--profile', 'http-message-signatures'])
    expect(seen.map(({ profile }) => profile)).toEqual(['access-headers', 'http-message-signatures'])
    expect(stderr).toContain('no signature has the tag "countersign"')
    expect(stderr).toContain('fix  check --tag')
  })

  test('is asked for nothing where server and key are named otherwise', async () => {
    const folder = await testFolder()
    const { url, seen } = await fakeServer(() => ({ body: { api_keys: [] } }))
    await runIn(folder, ['profile', 'save', 'a', '--url', 'http://x.invalid', '--profile', 'access-headers'])
    await runIn(folder, ['keys', 'list', ...(await signingOptions(folder, url))])
    expect(seen).toMatchObject([{ profile: 'http-message-signatures' }])
  })

  test.each([['use'], ['remove']])('%s refuses one that is not there', async (command) => {
    const { code, stderr } = await runIn(await testFolder(), ['profile', command, 'nope'])
    expect(code).toBe(1)
    expect(stderr).toContain('there is no profile nope')
  })

  test.each(['__proto__', 'constructor'])('%s is a name like any other', async (name) => {
    const folder = await testFolder()
    expect((await runIn(folder, ['profile', 'use', name])).code).not.toBe(0)
    const { code } = await runIn(folder, ['profile', 'save', `x${name}`, '--key-id', '1'])
    expect(code).toBe(0)
  })

  test.each([
    ['nothing to save', ['a'], 'nothing to save'],
    ['a name with a slash', ['a/b', '--key-id', '1'], 'a profile name has'],
    ['a key in place of its file', ['a', '--key-file', KEY_PEM], '--key-file takes the path of a file, not a key'],
    ['a URL with a user', ['a', '--url', 'https://hunter2@x.example'], 'URL of the server is not usable'],
    ['a URL with a password', ['a', '--url', 'https://:hunter2@x.example'], 'URL of the server is not usable'],
    ['a URL of another kind', ['a', '--url', 'ftp://x.example'], 'URL of the server is not usable'],
    ['a URL with a query', ['a', '--url', 'https://x.example/?a'], 'URL of the server is not usable'],
    ['what is no URL', ['a', '--url', 'x.example'], 'URL of the server is not usable'],
  ])('save refuses %s, and repeats no secret', async (_, argv, message) => {
    const { code, stderr } = await runIn(await testFolder(), ['profile', 'save', ...argv])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/hunter2|-----BEGIN/)
  })

  test.each([
    '',
    '[]',
    '{"profiles":{"a":1}}',
    '{"profiles":{"a":{"url":1}}}',
    '{"profiles":{"a":{"signature_profile":"x"}}}',
    'nope',
  ])('a file that holds %j is refused with its path, and left as it is', async (text) => {
    const folder = await testFolder()
    await mkdir(join(folder, '.config', 'countersign'), { recursive: true })
    await writeFile(fileOf(folder), text)
    const { code, stderr } = await runIn(folder, ['profile', 'save', 'a', '--key-id', '1'])
    expect(code).toBe(1)
    expect(stderr).toContain(`${fileOf(folder)} cannot be read as saved profiles`)
    expect(await readFile(fileOf(folder), 'utf8')).toBe(text)
  })
})

describe('settings', () => {
  test('come from options before environment before profile, each on its own', async () => {
    const folder = await testFolder()
    const { url, seen } = await fakeServer(() => ({ body: { api_keys: [] } }))
    await writeFile(join(folder, 'right.pem'), KEY_PEM, { mode: 0o600 })
    const save = ['profile', 'save', 'a', '--url', 'http://profile.invalid', '--key-id', 'profile']
    await runIn(folder, [...save, '--key-file', 'right.pem'])
    const env = { COUNTERSIGN_URL: url, COUNTERSIGN_KEY_ID: 'env' }
    const { code, stderr } = await runIn(folder, ['keys', 'list', '--key-id', KEY_ID], { env })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(seen).toHaveLength(1)
  })

  test('of options come before all', async () => {
    const folder = await testFolder()
    await writeFile(join(folder, 'k'), KEY_PEM, { mode: 0o600 })
    const env = { COUNTERSIGN_URL: 'http://env.invalid', COUNTERSIGN_KEY_ID: 'env', COUNTERSIGN_KEY_FILE: 'nope' }
    const options = ['--url', 'http://option.invalid', '--key-id', 'option', '--key-file', 'k']
    const seen: string[] = []
    await runIn(folder, ['keys', 'list', ...options], {
      env,
      fetch: async (input, init) => {
        seen.push(`${input} ${/keyid="(\w+)"/.exec(new Headers(init?.headers).get('signature-input') ?? '')?.[1]}`)
        return Response.json({ api_keys: [] })
      },
    })
    expect(seen).toEqual(['http://option.invalid/trade-api/v2/api_keys?limit=500&view=full option'])
  })

  test('of the environment count as not given where they are empty', async () => {
    const folder = await testFolder()
    await runIn(folder, [
      'profile',
      'save',
      'a',
      '--url',
      'http://from-profile.invalid',
      '--key-id',
      'x',
      '--key-file',
      'k',
    ])
    await writeFile(join(folder, 'k'), KEY_PEM, { mode: 0o600 })
    const env = { COUNTERSIGN_URL: '', COUNTERSIGN_KEY_ID: '', COUNTERSIGN_KEY_FILE: '' }
    const fetch = () => Promise.reject(new Error('x'))
    const { stderr } = await runIn(folder, ['keys', 'list'], { env, fetch })
    expect(stderr).toContain('http://from-profile.invalid cannot be reached')
  })

  test('name the local server where nothing else is named', async () => {
    const folder = await testFolder()
    await writeFile(join(folder, 'k'), KEY_PEM, { mode: 0o600 })
    const { stderr } = await runIn(folder, ['keys', 'list', '--key-id', 'x', '--key-file', 'k'], {
      fetch: () => Promise.reject(new Error('x')),
    })
    expect(stderr).toContain('http://127.0.0.1:4100 cannot be reached')
  })
})

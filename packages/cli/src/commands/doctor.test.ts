import { constants, createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeServer, KEY_ID, signingOptions } from '../testing/fake-server.ts'
import { runIn, testFolder } from '../testing/test-io.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = privateKey.export({ format: 'pem', type: 'pkcs1' }).toString()
const TIMESTAMP = '1703123456789'
const PATH = '/trade-api/v2/portfolio/orders'
const BODY = '{"ticker":"KX-1","count":3}'
const ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'

function pss(text: string): Buffer {
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return sign('sha256', Buffer.from(text), { key: privateKey, padding, saltLength: 32 })
}

function request(signature: Buffer, line = `GET ${PATH}`, timestamp = TIMESTAMP, body = ''): string {
  return [
    `${line} HTTP/1.1`,
    'Host: api.example.com',
    `KALSHI-ACCESS-KEY: ${ID}`,
    `KALSHI-ACCESS-TIMESTAMP: ${timestamp}`,
    `KALSHI-ACCESS-SIGNATURE: ${signature.toString('base64')}`,
    '',
    body,
  ].join('\r\n')
}

const FILES: Readonly<Record<string, string>> = {
  'pricing-bot.pem': PEM,
  'public.pem': publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  'from-env.pem': PEM.replaceAll('\n', '\\n'),
  'query.txt': request(pss(`${TIMESTAMP}GET${PATH}?status=open`), `GET ${PATH}?status=open`),
  'base-path.txt': request(pss(`${TIMESTAMP}GET/portfolio/orders`)),
  'padding.txt': request(sign('sha256', Buffer.from(`${TIMESTAMP}GET${PATH}`), privateKey)),
  'seconds.txt': request(pss(`1703123456GET${PATH}`), undefined, '1703123456'),
  'body.txt': request(pss(`${TIMESTAMP}POST${PATH}${BODY}`), `POST ${PATH}`, undefined, BODY),
  'right.txt': request(pss(`${TIMESTAMP}GET${PATH}`)),
  'unlisted.txt': request(pss('something else')),
  'long.txt': request(pss(`${TIMESTAMP}get${PATH}/${'a'.repeat(200)}`), `GET ${PATH}/${'a'.repeat(200)}`),
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-doctor-'))
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text, { mode: 0o600 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('docs/doctor.md shows what the command prints', async () => {
  const text = await readFile(new URL('../../../../docs/doctor.md', import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/```\n\$ countersign (.*)\n([\s\S]*?)```/g)].map(([, line = '', shown = '']) => ({
    line,
    shown,
  }))

  test('of the five that happen most, and of a key', () => {
    expect(blocks).toHaveLength(6)
  })

  test.each(blocks)('$line', async ({ line, shown }) => {
    expect((await runIn(folder, line.split(' '))).stdout).toBe(shown)
  })
})

test('a request that is right, and one that nothing fits: the exit code says which', async () => {
  const right = await runIn(folder, ['doctor', 'right.txt', '--pem', 'public.pem'])
  expect(right.stdout).toContain('● This request is correctly signed for public.pem.')
  expect(right.code).toBe(0)
  const unlisted = await runIn(folder, ['doctor', 'unlisted.txt', '--pem', 'public.pem'])
  expect(unlisted.stdout).toContain('▲ No known mistake fits')
  expect(unlisted.code).toBe(1)
  const keyless = await runIn(folder, ['doctor', 'right.txt'])
  expect(keyless.stdout).toContain('Without a key, nothing is known of the signature itself.')
})

test('reads standard input', async () => {
  const outcome = await runIn(folder, ['doctor', '--pem', 'public.pem'], { stdin: FILES['query.txt'] ?? '' })
  expect(outcome.stdout).toContain('query_signed, certain')
})

test('judges the clock by the time of the answer', async () => {
  const at = 'Thu, 21 Dec 2023 01:53:00 GMT'
  const outcome = await runIn(folder, ['doctor', 'right.txt', '--pem', 'public.pem', '--at', at])
  expect(outcome.stdout).toContain('clock_behind, certain')
  expect(outcome.stdout).toContain("why       It is 2 min 3 s behind the server's time; 30 s are accepted.")
})

test('a long line is shown around the difference, both texts alike, and fits the terminal', async () => {
  const outcome = await runIn(folder, ['doctor', 'long.txt', '--pem', 'public.pem'], { terminal: true, columns: 80 })
  const [signed = '', expected = '', marks = ''] = outcome.stdout.split('\n').slice(1)
  expect(signed.length).toBeLessThanOrEqual(80)
  expect(expected.length).toBe(signed.length)
  expect(marks.indexOf('~~~')).toBe(signed.indexOf('get/'))
  expect(marks.indexOf('~~~')).toBe(expected.indexOf('GET/'))
})

test('one JSON document', async () => {
  const outcome = await runIn(folder, ['doctor', 'query.txt', '--pem', 'public.pem', '--json'])
  expect(JSON.parse(outcome.stdout)).toMatchObject({
    keys: [{ file: 'public.pem', is_private: false, type: 'rsa', problems: [] }],
    diagnosis: {
      verdict: 'mistake',
      findings: [{ cause: 'query_signed', confidence: 'certain' }],
      signed_text: `${TIMESTAMP}GET${PATH}?status=open`,
      expected_text: `${TIMESTAMP}GET${PATH}`,
    },
  })
})

test('--live asks the server for its time, the keys of the account and their refusals; the request itself stays here', async () => {
  const here = await testFolder()
  const at = Date.now()
  const { url, seen } = await fakeServer(({ target }) => {
    if (target.endsWith('/deployment')) return { body: { deployment_id: 'd', time: at - 65_000 } }
    if (target.endsWith('/refusals')) return { body: { since: at, refusals: [REFUSAL] } }
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
    return { body: { api_keys: [{ api_key_id: ID, name: 'pricing-bot', public_key: pem }] } }
  })
  await writeFile(join(here, 'query.txt'), FILES['query.txt'] ?? '')
  const outcome = await runIn(here, ['doctor', 'query.txt', '--live', ...(await signingOptions(here, url))])
  expect(outcome.stderr).toBe('')
  expect(outcome.stdout).toContain('query_signed, certain')
  expect(outcome.stdout).toMatch(/clock {5}This machine's clock is 6[4-9] s ahead of the server's\./)
  expect(outcome.stdout).toContain('signature_incorrect  GET /trade-api/v2/portfolio/orders  query_signed')
  expect(seen.map(({ method, target }) => `${method} ${target}`)).toEqual([
    'GET /trade-api/v2/deployment',
    'GET /trade-api/v2/api_keys?view=full&limit=100',
    `GET /trade-api/v2/api_keys/${ID}/refusals`,
  ])
})

describe('after a right signature', () => {
  test('it names what it could not look at', async () => {
    const { stdout, code } = await runIn(folder, ['doctor', 'right.txt', '--pem', 'public.pem'])
    expect(code).toBe(0)
    expect(stdout).toContain('● This request is correctly signed for public.pem.')
    expect(stdout).toContain('unseen    whether its time was within the window')
    expect(stdout).toContain("unseen    the key's state, scopes and allowlist: ask the server with --live")
  })

  test('the answer that came back says what refused it', async () => {
    const sentAs = (FILES['right.txt'] ?? '').trimEnd().replaceAll('\r', '').replaceAll(/^/gm, '> ')
    const stdin = `${sentAs}\n>\n< HTTP/1.1 403 Forbidden\n<\n{"error":{"code":"ip_not_allowed","message":"m"}}`
    const { stdout, code } = await runIn(folder, ['doctor', '--pem', 'public.pem'], { stdin })
    expect(code).toBe(1)
    expect(stdout).toContain('address_not_allowed, certain')
    expect(stdout).toContain('why       The server answered ip_not_allowed.')
  })

  test.each<[string, object, object, string]>([
    ['a disabled key', { state: 'disabled' }, {}, 'key_disabled, certain'],
    [
      'a scope too few',
      { state: 'active', scopes: ['admin'] },
      { needs: { scope: 'write' } },
      'scope_missing, certain',
    ],
    [
      'no rule',
      { scopes: ['admin'] },
      { refused: { status: 403, code: 'route_not_allowed' } },
      'route_not_allowed, certain',
    ],
  ])('--live: %s', async (_, key, explained, expected) => {
    const here = await testFolder()
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
    const { url } = await fakeServer(({ target }) => {
      if (target.endsWith('/deployment')) return { body: { deployment_id: 'd', time: Date.now() } }
      if (target.endsWith('/refusals')) return { body: { since: 0, refusals: [] } }
      if (target.startsWith('/admin/v1/rules/explain')) return { body: explained }
      const listed = { api_key_id: ID, name: 'pricing-bot', public_key: pem, state: 'active', scopes: ['read'], ...key }
      return { body: { api_keys: [listed, { ...listed, api_key_id: KEY_ID, scopes: ['admin'] }] } }
    })
    await writeFile(join(here, 'right.txt'), FILES['right.txt'] ?? '')
    const options = await signingOptions(here, url)
    const { stdout, stderr, code } = await runIn(here, ['doctor', 'right.txt', '--live', ...options])
    expect(stderr).toBe('')
    expect(stdout).toContain(expected)
    expect(code).toBe(1)
  })
})

test.each([
  [`/trade-api/v2/api_keys/${ID}?a=b`, 'enforce', false],
  ['/admin/v1/rules/explain', 'enforce', false],
  [PATH, 'observe', false],
  [PATH, 'enforce', true],
])('--live: %s in mode %s is refused by a rule: %s', async (target, mode, isAsked) => {
  const here = await testFolder()
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const { url, seen } = await fakeServer((call) => {
    if (call.target.endsWith('/deployment')) return { body: { deployment_id: 'd', time: Date.now() } }
    if (call.target.endsWith('/refusals')) return { body: { since: 0, refusals: [] } }
    if (call.target === '/admin/v1/rules') return { body: { mode, rules: [] } }
    if (call.target.includes('explain')) return { body: { refused: { status: 403, code: 'route_not_allowed' } } }
    const listed = { api_key_id: ID, name: 'pricing-bot', public_key: pem, state: 'active', scopes: ['read'] }
    return { body: { api_keys: [listed, { ...listed, api_key_id: KEY_ID, scopes: ['admin'] }] } }
  })
  const [path] = target.split('?')
  await writeFile(join(here, 'own.txt'), request(pss(`${TIMESTAMP}GET${path}`), `GET ${target}`))
  const { stdout } = await runIn(here, ['doctor', 'own.txt', '--live', ...(await signingOptions(here, url))])
  expect(seen.some((call) => call.target.startsWith('/admin/v1/rules/explain'))).toBe(isAsked)
  expect(stdout.includes('route_not_allowed')).toBe(isAsked)
})

const REFUSAL = {
  ...{ at: 1_703_123_456_999, code: 'signature_incorrect', status: 401, method: 'GET', path: PATH, ip: '203.0.113.7' },
  diagnosis: { cause: 'query_signed', hint: 'Sign the path only, up to but without "?".' },
}

test('shows code for this very request', async () => {
  const outcome = await runIn(folder, ['doctor', 'query.txt', '--pem', 'pricing-bot.pem', '--code', 'python'])
  expect(outcome.stdout).toContain(`signed = (timestamp + "GET${PATH}").encode()`)
  expect(outcome.stdout).toContain(`"https://api.example.com${PATH}?status=open"`)
})

test('shows code for the host that the request was sent to', async () => {
  const text = (FILES['query.txt'] ?? '').replace('Host: api.example.com', 'Host: localhost:4100')
  const outcome = await runIn(folder, ['doctor', '--pem', 'pricing-bot.pem', '--code', 'shell'], { stdin: text })
  expect(outcome.stdout).toContain(`http://localhost:4100${PATH}?status=open`)
})

test('words are no request, and nothing is said of their signature', async () => {
  const outcome = await runIn(folder, ['doctor'], { stdin: 'hello world\n' })
  expect(outcome.code).toBe(1)
  expect(outcome.stdout).toBe('')
  expect(outcome.stderr).toContain('is not the beginning of a curl command, an HTTP request or a HAR entry')
})

describe('--repair', () => {
  test.each(['pkcs8', 'pkcs1'] as const)('writes the key as %s, for its owner only', async (format) => {
    const here = await testFolder()
    await writeFile(join(here, 'from-env.pem'), FILES['from-env.pem'] ?? '')
    const argv = ['doctor', '--pem', 'from-env.pem', '--repair', 'fixed.pem', '--format', format]
    expect(await runIn(here, argv)).toMatchObject({ code: 0, stderr: '' })
    const text = await readFile(join(here, 'fixed.pem'), 'utf8')
    expect(text).toBe(privateKey.export({ format: 'pem', type: format }))
    expect(createPrivateKey(text).equals(privateKey)).toBe(true)
    expect((await stat(join(here, 'fixed.pem'))).mode & 0o777).toBe(0o600)
    const again = await runIn(here, argv)
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('fixed.pem exists')
  })

  test('excuses the key that it repaired, and no other', async () => {
    const here = await testFolder()
    await writeFile(join(here, 'from-env.pem'), FILES['from-env.pem'] ?? '')
    await writeFile(join(here, 'half.pem'), PEM.slice(0, 800))
    const argv = ['doctor', '--pem', 'from-env.pem', '--pem', 'half.pem', '--repair', 'fixed.pem']
    expect(await runIn(here, argv)).toMatchObject({ code: 1, stderr: '' })
  })

  test('shows the public key that 32 bytes make, which may be no seed', async () => {
    const here = await testFolder()
    await writeFile(join(here, 'seed.txt'), 'nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=')
    const { stdout } = await runIn(here, ['doctor', '--pem', 'seed.txt', '--repair', 'fixed.pem'])
    const made = createPublicKey(await readFile(join(here, 'fixed.pem'), 'utf8'))
    expect(stdout).toContain('It may be a bare Ed25519 seed')
    expect(stdout).toContain(String(made.export({ format: 'pem', type: 'spki' })))
    const digest = createHash('sha256').update(made.export({ format: 'der', type: 'spki' }))
    expect(stdout).toContain(`fingerprint ${digest.digest('base64url')}`)
  })

  test('says what cannot be repaired', async () => {
    const here = await testFolder()
    await writeFile(join(here, 'half.pem'), PEM.slice(0, 800))
    const outcome = await runIn(here, ['doctor', '--pem', 'half.pem', '--repair', 'fixed.pem'])
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toContain('half.pem cannot be repaired')
    await expect(stat(join(here, 'fixed.pem'))).rejects.toThrow('ENOENT')
  })
})

test('prints nothing of a private key', async () => {
  const argvs = [
    ['doctor', '--pem', 'from-env.pem'],
    ['doctor', 'query.txt', '--pem', 'from-env.pem', '--code', 'go'],
  ]
  for (const argv of argvs) {
    const { stdout, stderr } = await runIn(folder, argv)
    for (const line of PEM.split('\n').slice(1, -2)) expect(stdout + stderr).not.toContain(line)
  }
})

test.each([
  'nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=',
  '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  '{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}',
  PEM.split('\n').slice(1, -2).join(''),
  `KEY='${PEM.replace('-----BEGIN', '----BEGIN')}'`,
])('a key in place of its file is refused and not repeated: %#', async (key) => {
  for (const argv of [['--pem', key], ['--pem', `${folder}/${key}`], [key]]) {
    const { stdout, stderr, code } = await runIn(folder, ['doctor', ...argv])
    expect(code).toBeGreaterThan(0)
    expect(stderr).toContain('save the key in a file that only you can read')
    expect(stdout + stderr).not.toContain(key.slice(10, 40))
  }
})

test.each([
  [['doctor', 'nowhere.txt'], 1, 'nowhere.txt cannot be read'],
  [['doctor', 'pricing-bot.pem'], 1, 'is not'],
  [['doctor', 'query.txt', '--at', 'noon'], 2, '--at is no time'],
  [['doctor', 'query.txt', '--pem', PEM], 2, '--pem takes the path of a file, not a key'],
])('%j is refused', async (argv, code, message) => {
  const outcome = await runIn(folder, argv)
  expect(outcome.code).toBe(code)
  expect(outcome.stderr).toContain(message)
})

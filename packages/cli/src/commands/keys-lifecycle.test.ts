import { createPublicKey, verify } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Answer, fakeServer, KEY_PEM, type SeenRequest, signingOptions } from '../testing/fake-server.ts'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

const ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'
const OTHER = '1b77e0d4-1111-4c0b-9f0e-6a2f3f7b9c10'
const KEY = {
  api_key_id: ID,
  account_name: 'Acme',
  name: 'pricing-bot',
  state: 'active',
  key_type: 'rsa',
  key_bits: 2048,
  fingerprint: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
  scopes: ['read', 'write'],
  created_at: Date.UTC(2026, 10, 22, 13, 5),
  last_24_hours: { allowed: [...Array(21).fill(0), 1, 1, 70], not_allowed: Array(24).fill(0) },
}
const ACCOUNT = {
  account_id: OTHER,
  name: 'Acme',
  external_id: 'cus_1042',
  usage_tier: 'basic',
  state: 'active',
  operator: false,
  created_at: KEY.created_at,
  api_keys: 12,
}

async function cli(argv: string[], answer: (request: SeenRequest) => Answer = answerOf, io: TestIo = {}) {
  const folder = await testFolder()
  const { url, seen } = await fakeServer(answer)
  const outcome = await runIn(folder, [...argv, ...(await signingOptions(folder, url))], io)
  const calls = seen.map(({ method, target, body }) => [
    `${method} ${target}`,
    ...(body === '' ? [] : [JSON.parse(body)]),
  ])
  return { ...outcome, calls, changes: calls.filter(([call]) => !String(call).startsWith('GET')), folder }
}

function answerOf({ method, target }: SeenRequest): Answer {
  if (target.includes('/accounts?')) return { body: { accounts: [ACCOUNT], total: 1 } }
  if (target.includes('/accounts')) return { body: ACCOUNT }
  if (target.includes('/api_keys?')) return { body: { api_keys: [KEY], total: 1 } }
  if (target.endsWith('/revoke')) return { body: { revoked: [ID, OTHER] } }
  if (target.includes('/rotation')) {
    return {
      body: {
        rotation_id: 'r',
        old_api_key_id: ID,
        new_api_key_id: OTHER,
        state: target.endsWith('/abort') ? 'aborted' : 'open',
        started_at: KEY.created_at,
        deadline: KEY.created_at,
        traffic: { since: KEY.created_at, old: 12, new: 88, old_share: 0.12 },
      },
    }
  }
  if (target.endsWith('/rotate')) {
    const body = { rotation_id: 'r', api_key_id: OTHER, key_type: 'ed25519', deadline: 1, private_key: KEY_PEM }
    return { status: 201, body }
  }
  return { body: method === 'GET' ? KEY : { ...KEY, name: 'changed' } }
}

const BASE = '/trade-api/v2/api_keys'
const PATCHED = `PATCH ${BASE}/${ID}`

describe('keys edit', () => {
  test.each([
    [['--name', 'new'], { name: 'new' }],
    [['--scopes', 'read'], { scopes: ['read'] }],
    [['--expires', 'never'], { expires_at: null }],
    [['--expires', '2027-01-01T00:00:00Z'], { expires_at: Date.UTC(2027, 0, 1) }],
    [['--allow', '203.0.113.0/24,2001:db8::/32'], { ip_allowlist: ['203.0.113.0/24', '2001:db8::/32'] }],
    [['--allow', 'everywhere'], { ip_allowlist: null }],
    [['--bucket', '100:2.5'], { bucket: { bucket_capacity: 100, refill_rate: 2.5 } }],
    [['--bucket', 'none'], { bucket: null }],
    [['--minimum-profile', 'any'], { minimum_profile: null }],
    [['--metadata', 'a=b=c', '--metadata', 'd='], { metadata: { a: 'b=c', d: '' } }],
  ])('%j', async (argv, json) => {
    const { code, changes, stdout } = await cli(['keys', 'edit', '8c1f02aa', ...argv])
    expect({ code, changes }).toEqual({ code: 0, changes: [[PATCHED, json]] })
    expect(stdout).toContain('Key changed\n')
  })

  test('--expires 30d is 30 days from now', async () => {
    const before = Date.now()
    const { changes } = await cli(['keys', 'edit', ID, '--expires', '30d'])
    const [[, { expires_at: expiresAt } = { expires_at: 0 }] = []] = changes as [string, { expires_at: number }][]
    expect(expiresAt - before).toBeGreaterThanOrEqual(30 * 86_400_000)
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(30 * 86_400_000)
  })

  test.each([[['--expires', 'soon']], [['--bucket', '100']], [['--metadata', 'x']], [[]]])(
    'refuses %j, unsent',
    async (argv) => {
      const { code, calls } = await cli(['keys', 'edit', ID, ...argv])
      expect({ code, calls }).toEqual({ code: 2, calls: [] })
    },
  )

  test('reaches keys of any account, for operators', async () => {
    const { changes } = await cli(['keys', 'edit', ID, '--name', 'new', '--any-account'])
    expect(changes).toEqual([[`PATCH /admin/v1/api_keys/${ID}`, { name: 'new' }]])
  })
})

test('keys disable and keys enable', async () => {
  for (const verb of ['disable', 'enable']) {
    const { code, stdout, changes } = await cli(['keys', verb, '8c1f02aa'])
    expect([code, stdout, changes]).toEqual([0, `● Key changed ${verb}d\n`, [[`POST ${BASE}/${ID}/${verb}`]]])
  }
})

describe('keys revoke', () => {
  const json = { reason: 'key_compromise', note: 'seen', cascade: true }
  const argv = ['keys', 'revoke', ID, '--reason', 'key_compromise', '--note', 'seen', '--cascade']

  test('says what ended, and how to bar it everywhere', async () => {
    const { code, stdout, stderr, changes } = await cli([...argv, '--yes'])
    expect([code, changes]).toEqual([0, [[`POST ${BASE}/${ID}/revoke`, json]]])
    expect(stdout).toContain(`● Key pricing-bot revoked, key_compromise\n  key id  ${ID}\n  and     ${OTHER}\n`)
    expect(stderr).toContain('countersign revoke --pem FILE')
  })

  test('waits for the keys that it made, if they are many', async () => {
    const states = ['running', 'finished']
    const answer = (request: SeenRequest): Answer => {
      const cascade = { api_key_id: ID, state: 'running', reason: 'key_compromise', revoked: 501, passed: 501 }
      if (request.target.endsWith('/revoke')) return { status: 202, body: { revoked: [ID], cascade } }
      if (!request.target.endsWith('/cascade')) return answerOf(request)
      return { body: { ...cascade, state: states.shift(), revoked: 1_201, total: 1_201 } }
    }
    const { code, stdout, stderr } = await cli([...argv, '--yes'], answer)
    expect([code, states]).toEqual([0, []])
    expect(stdout).toContain('1,201 keys revoked')
    expect(stderr).toContain('The keys that it made follow')
  })

  test('asks for the short id; without a person or --yes it does nothing', async () => {
    expect((await cli(argv)).code).toBe(2)
    const declined = await cli(argv, answerOf, { terminal: true, answers: ['no'] })
    expect([declined.code, declined.changes]).toEqual([1, []])
    expect((await cli(argv, answerOf, { terminal: true, answers: ['8c1f02aa'] })).changes).toHaveLength(1)
  })
})

describe('keys rotate', () => {
  test('saves the new private key, and says until when the old one is accepted', async () => {
    const { code, stdout, stderr, changes } = await cli([
      'keys',
      'rotate',
      '8c1f02aa',
      '--grace',
      '1h',
      '--out',
      'new.pem',
    ])
    expect([code, changes]).toEqual([0, [[`POST ${BASE}/${ID}/rotate`, { grace_seconds: 3600 }]]])
    expect(stdout).toContain(`key id       ${OTHER}\n`)
    expect(stdout).not.toContain('PRIVATE')
    expect(stderr).toContain(`The old key, ${ID}, is accepted until`)
  })

  test('shows the traffic still on the old key; finishes and aborts', async () => {
    const { stdout } = await cli(['keys', 'rotate', ID, '--status'])
    expect(stdout).toContain('  on old key    12 % of requests since 2026-11-22T13:05:00.000Z: 12 old, 88 new\n')
    for (const how of ['finish', 'abort']) {
      expect((await cli(['keys', 'rotate', ID, `--${how}`])).changes).toEqual([[`POST ${BASE}/${ID}/rotation/${how}`]])
    }
    expect(stdout).toContain('  old key ends')
    expect((await cli(['keys', 'rotate', ID, '--abort'])).stdout).not.toContain('old key ends')
    expect((await cli(['keys', 'rotate', ID])).code).toBe(2)
  })
})

describe('keys list', () => {
  test('shows state, type, last use and the last day', async () => {
    const { stdout, calls } = await cli(['keys', 'list', '--search', 'bot', '--state', 'active', '--any-account'])
    expect(calls).toEqual([['GET /admin/v1/api_keys?limit=500&q=bot&state=active']])
    expect(stdout).toBe(
      [
        'NAME         KEY ID                                STATE     ACCOUNT  TYPE      SCOPES       LAST USED  24 H',
        `pricing-bot  ${ID}  ● active  Acme     rsa-2048  read, write  never      ▁▁▁▁▁▁▁█`,
        '',
      ].join('\n'),
    )
  })
})

describe('revoke --pem', () => {
  const deployment = { deployment_id: '3f0b6f0e-3b0c-4b53-9f62-0f3f4f0c7a11', time: 1 }

  test('signs a statement for the deployment here, and sends no private key', async () => {
    const folder = await testFolder()
    await writeFile(join(folder, 'own.pem'), KEY_PEM, { mode: 0o600 })
    const sent: string[] = []
    const fetch: typeof globalThis.fetch = async (input, init) => {
      sent.push(`${String(input)} ${String(init?.body ?? '')}`)
      return Response.json(String(input).endsWith('/deployment') ? deployment : { status: 'revoked' })
    }
    const argv = [
      'revoke',
      '--pem',
      'own.pem',
      '--yes',
      '--url',
      'https://keys.example',
      '--base-path',
      '/v1',
      '--json',
    ]
    const { code, stdout } = await runIn(folder, argv, { fetch })
    expect([code, JSON.parse(stdout).status]).toEqual([0, 'revoked'])
    expect(sent.map((call) => call.split(' ')[0])).toEqual([
      'https://keys.example/v1/deployment',
      'https://keys.example/v1/revocations',
    ])
    const { public_key: pem, reason, signature } = JSON.parse(sent[1]?.slice(sent[1].indexOf('{')) ?? '')
    const { fingerprint } = JSON.parse(stdout)
    const text = `countersign/revoke/v1\n${deployment.deployment_id}\nfingerprint: ${fingerprint}\nreason: ${reason}`
    expect(verify(null, Buffer.from(text), createPublicKey(pem), Buffer.from(signature, 'base64'))).toBe(true)
    expect(sent.join()).not.toContain('PRIVATE')
  })
})

describe('accounts', () => {
  const PLACE = `/admin/v1/accounts/${OTHER}`

  test.each([
    [
      ['create', '--name', 'Acme', '--tier', 'basic'],
      ['POST /admin/v1/accounts', { name: 'Acme', usage_tier: 'basic' }],
    ],
    [
      ['edit', 'cus_1042', '--external-id', 'none'],
      [`PATCH ${PLACE}`, { external_id: null }],
    ],
    [
      ['suspend', 'Acme', '--reason', 'unpaid'],
      [`POST ${PLACE}/suspend`, { reason: 'unpaid' }],
    ],
    [['unsuspend', '1b77e0d4'], [`POST ${PLACE}/unsuspend`]],
  ])('%j', async (argv, change) => {
    const { code, stdout, changes } = await cli(['accounts', ...argv])
    expect([code, changes]).toEqual([0, [change]])
    expect(stdout).toContain('● Account Acme\n')
  })

  test('are listed and shown', async () => {
    expect((await cli(['accounts', 'list', '--search', 'ac'])).stdout).toContain(`●  Acme     ${OTHER}  cus_1042`)
    expect((await cli(['accounts', 'show', 'cus_1042'])).stdout).toContain('  keys          12\n')
    expect((await cli(['accounts', 'show', 'nobody'])).stderr).toContain('there is no account nobody')
  })
})

test('base path and header prefix come from options, environment or a saved profile', async () => {
  const env = { COUNTERSIGN_BASE_PATH: '/other', COUNTERSIGN_HEADER_PREFIX: 'ACME' }
  const answer = () => ({ body: { api_keys: [] } })
  expect((await cli(['keys', 'list'], answer, { env })).calls).toEqual([['GET /other/api_keys?limit=500&view=full']])
  expect((await cli(['keys', 'list', '--base-path', ''], answer, { env })).calls).toEqual([
    ['GET /api_keys?limit=500&view=full'],
  ])
  const refused = await cli(['keys', 'list', '--profile', 'access-headers'], answer, { env })
  // The server knows its own header names only: these are others.
  expect([refused.code, refused.calls]).toEqual([1, []])
  expect((await cli(['keys', 'list', '--header-prefix', 'a b'], answer)).code).toBe(2)
})

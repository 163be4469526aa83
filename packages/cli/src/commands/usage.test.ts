import { describe, expect, test } from 'vitest'
import { fakeServer, signingOptions } from '../testing/fake-server.ts'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

const KEY = { api_key_id: '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10', name: 'pricing-bot', scopes: ['read'] }
const HOUR = 3_600_000
const FROM = Date.UTC(2026, 10, 22, 13)
const NONE = { allowed: 0, refused: 0, limited: 0, fault: 0 }
const TOTAL = { allowed: 25_508, refused: 37, limited: 2, fault: 0 }
const USAGE = {
  api_key_id: KEY.api_key_id,
  step: 'hour',
  from: FROM,
  to: FROM + 2 * HOUR,
  kept_from: 0,
  total: TOTAL,
  points: [
    { at: FROM, ...NONE, allowed: 20_391, refused: 37, limited: 2 },
    { at: FROM + HOUR, ...NONE, allowed: 5_117 },
  ],
}

async function usage(argv: string[], { answer = USAGE, ...io }: TestIo & { answer?: object } = {}) {
  const folder = await testFolder()
  const { url, seen } = await fakeServer(({ target }) => {
    if (target.endsWith('/api_keys')) return { body: { api_keys: [KEY] } }
    if (target.includes('/accounts/')) return { body: { account_id: 'a1', name: 'Acme', state: 'active' } }
    return { body: answer }
  })
  const outcome = await runIn(folder, ['usage', ...argv, ...(await signingOptions(folder, url))], io)
  return { ...outcome, targets: seen.map(({ target }) => target) }
}

describe('usage', () => {
  test('of a key is drawn as a bar a step, with what was not allowed beside it', async () => {
    const { code, stdout } = await usage(['8c1f02aa', '--last', '2h', '--step', 'hour'])
    expect(code).toBe(0)
    expect(stdout).toBe(
      'pricing-bot, 2026-11-22T13:00:00.000Z to 2026-11-22T15:00:00.000Z, counted up to a second ago\n' +
        `  ${' '.repeat(24)}  ALLOWED${' '.repeat(21 + 7)}NOT\n` +
        '  2026-11-22T13:00:00.000Z  ████████████████████  20,391       refused 37   limited 2\n' +
        '  2026-11-22T14:00:00.000Z  ██████                 5,117       refused 0    limited 0\n',
    )
  })

  test('shows times on a terminal short and local, and signs in ASCII where they must be', async () => {
    const { stdout } = await usage(['8c1f02aa'], { terminal: true, env: { LANG: 'C' } })
    expect(stdout).toMatch(/^pricing-bot, 2[123] Nov \d\d:\d\d to (2[123] Nov )?\d\d:\d\d \(UTC[+:\d-]*\), counted up/)
    expect(stdout).toMatch(/\n {2}\d\d:\d\d {2}#{20} {2}20,391 {7}refused 37 {3}limited 2\n/)
  })

  test('asks for whole steps, the one that now is in among them', async () => {
    const { targets } = await usage(['8c1f02aa', '--last', '2h', '--step', 'hour'])
    const query = new URLSearchParams(targets[1]?.split('?')[1])
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))]
    expect(targets[1]).toContain(`/api_keys/${KEY.api_key_id}/usage?`)
    expect([query.get('step'), to - from, to % HOUR]).toEqual(['hour', 2 * HOUR, 0])
    expect(to).toBeGreaterThan(Date.now() - 60_000)
  })

  test.each([
    ['90m', 'minute'],
    ['3d', 'hour'],
    ['4d', 'day'],
  ])('of %s is in steps of a %s', async (last, step) => {
    const { targets } = await usage(['--last', last])
    expect(targets).toEqual([expect.stringContaining(`/trade-api/v2/account/usage?step=${step}&`)])
  })

  test('of an account lists its busiest keys, of the deployment all that is busiest', async () => {
    const key = { api_key_id: KEY.api_key_id, name: 'a\u001b[2J', ...TOTAL }
    const answer = {
      ...USAGE,
      points: [{ ...USAGE.points[0], fault: 1 }],
      top_keys: [key, { ...key, name: undefined }],
    }
    const { stdout } = await usage([], { answer })
    expect(stdout).toContain('refused 37   limited 2   fault 1\n')
    expect(stdout).toMatch(/\nKEY +ID +ALLOWED +REFUSED +LIMITED +FAULT\n/)
    expect(stdout).toMatch(/\na\\u\{1b\}\[2J +8c1f02aa-\S+ +25,508 +37 +2 +0\n/)
    expect(stdout).toContain('\ndeleted ')
    const all = {
      ...answer,
      top_accounts: [{ account_id: 'a1', name: 'Acme', ...TOTAL }],
      top_codes: [{ code: 'allowed', ...TOTAL }],
    }
    const { stdout: deployment, targets } = await usage(['--all'], { answer: all })
    expect(targets[0]).toMatch(/^\/admin\/v1\/usage\?/)
    expect(deployment).toMatch(/^The whole deployment, /)
    expect(deployment).toMatch(/\nCODE +ALLOWED/)
    const { stdout: one, targets: asked } = await usage(['--account', 'a1'], { answer: all })
    expect(one).toMatch(/^Acme, /)
    expect(asked).toEqual(['/admin/v1/accounts/a1', expect.stringContaining('account_id=a1')])
  })

  test('without any request says so, and what is no longer kept too', async () => {
    const answer = { ...USAGE, total: NONE, kept_from: FROM + 1 }
    const { stdout, stderr } = await usage(['8c1f02aa'], { answer })
    expect(stdout).toBe('')
    expect(stderr).toContain('No requests in this time.')
    expect(stderr).toContain('were deleted by age')
  })

  test('with --json is the answer of the API', async () => {
    expect(JSON.parse((await usage(['8c1f02aa', '--json'])).stdout)).toEqual(USAGE)
  })

  test.each([
    [['8c1f02aa', '--all'], 'cannot be given together'],
    [['--last', '5'], 'A time is a number with m, h or d'],
    [['--last', '0m'], 'A time is a number with m, h or d'],
    [['--last', '9000d'], 'more than 1500 steps'],
    [['--step', 'week'], 'Allowed choices are minute, hour, day'],
    [['8c1f'], 'first 8 characters'],
  ])('refuses %j, unsent', async (argv, message) => {
    const { code, stderr, targets } = await usage(argv)
    expect({ code, targets }).toEqual({ code: 2, targets: [] })
    expect(stderr).toContain(message)
  })
})

import { describe, expect, test } from 'vitest'
import { fakeServer, signingOptions } from '../testing/fake-server.ts'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

const KEY = {
  api_key_id: '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10',
  name: 'pricing-bot',
  state: 'active',
  key_type: 'rsa',
  key_bits: 2048,
  public_key: '-----BEGIN PUBLIC KEY-----',
  fingerprint: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
  scopes: ['read', 'write::trade'],
  created_at: Date.UTC(2026, 10, 22, 13, 5),
}

async function show(argv: string[], key: object = KEY, io: TestIo = {}) {
  const folder = await testFolder()
  const { url, seen } = await fakeServer(({ target }) =>
    target.includes('/api_keys?') ? { body: { api_keys: [KEY], total: 1 } } : { body: key },
  )
  const outcome = await runIn(folder, ['keys', 'show', ...argv, ...(await signingOptions(folder, url))], io)
  return { ...outcome, seen, targets: seen.map(({ target }) => target.replace('/trade-api/v2', '')) }
}

describe('keys show', () => {
  test('tells all that is known of a key', async () => {
    const { code, stdout, targets } = await show([KEY.api_key_id.toUpperCase()])
    expect({ code, targets }).toEqual({ code: 0, targets: [`/api_keys/${KEY.api_key_id}`] })
    expect(stdout).toBe(
      '● Key pricing-bot\n' +
        `  key id       ${KEY.api_key_id}\n` +
        '  state        active\n' +
        '  type         rsa-2048\n' +
        `  fingerprint  ${KEY.fingerprint}\n` +
        '  scopes       read, write::trade\n' +
        '  sub-account  none\n' +
        '  signed by    every profile\n' +
        '  used from    everywhere\n' +
        "  bucket       its account's only\n" +
        '  made by      an operator\n' +
        '  made         2026-11-22T13:05:00.000Z\n' +
        '  expires      never\n' +
        '  last used    never\n',
    )
  })

  test('tells what narrows a key', async () => {
    const { stdout } = await show([KEY.api_key_id], {
      ...KEY,
      state: 'expired',
      key_type: 'ed25519',
      key_bits: 256,
      subaccount: 0,
      minimum_profile: 'http-message-signatures',
      ip_allowlist: ['203.0.113.0/24', '2001:db8::/32'],
      made_by: '1b77e0d4-1111-4c0b-9f0e-6a2f3f7b9c10',
      expires_at: KEY.created_at,
    })
    expect(stdout).toMatch(/^✕ Key pricing-bot\n/)
    for (const line of [
      'state        expired',
      'type         ed25519',
      'sub-account  0',
      'signed by    http-message-signatures only',
      'used from    203.0.113.0/24, 2001:db8::/32',
      'made by      1b77e0d4-1111-4c0b-9f0e-6a2f3f7b9c10',
      'expires      2026-11-22T13:05:00.000Z',
    ]) {
      expect(stdout).toContain(`  ${line}\n`)
    }
  })

  test.each([
    ['active', '●'],
    ['disabled', '▲'],
    ['revoked', '✕'],
    ['something new', '✕'],
  ])('%s has a sign of its own', async (state, sign) => {
    expect((await show([KEY.api_key_id], { ...KEY, state })).stdout).toContain(`${sign} Key pricing-bot\n`)
  })

  test('tells what became of a key, and what it is part of', async () => {
    const { stdout } = await show([KEY.api_key_id], {
      ...KEY,
      state: 'revoked',
      revoked_at: KEY.created_at,
      revoked_reason: 'key_compromise',
      revoked_note: 'seen in a log',
      bucket: { bucket_capacity: 100, refill_rate: 2.5 },
      bucket_of: '1b77e0d4-1111-4c0b-9f0e-6a2f3f7b9c10',
      last_used_at: KEY.created_at,
      last_used_ip: '203.0.113.7',
      metadata: { team: 'pricing' },
      rotation: {
        rotation_id: 'a',
        role: 'old',
        other_api_key_id: '1b77e0d4-1111-4c0b-9f0e-6a2f3f7b9c10',
        deadline: KEY.created_at,
      },
    })
    for (const line of [
      'state        revoked 2026-11-22T13:05:00.000Z, key_compromise: seen in a log',
      'bucket       100 tokens, 2.5 a second, shared with 1b77e0d4-1111-4c0b-9f0e-6a2f3f7b9c10',
      'last used    2026-11-22T13:05:00.000Z from 203.0.113.7',
      'rotation     replaced by 1b77e0d4-1111-4c0b-9f0e-6a2f3f7b9c10 until 2026-11-22T13:05:00.000Z',
      'note team    pricing',
    ]) {
      expect(stdout).toContain(`  ${line}\n`)
    }
  })

  test('finds a key by the beginning of its id', async () => {
    const { targets } = await show(['8c1f02aa'])
    expect(targets).toEqual(['/api_keys?q=8c1f02aa&limit=500&view=full'])
  })

  test('shows times on a terminal as people read them, with a zone', async () => {
    const { stdout } = await show([KEY.api_key_id], KEY, { terminal: true })
    expect(stdout).toMatch(/ {2}made {9}2[123] Nov 2026, \d\d:\d\d \S+\n/)
  })

  test('shows names as harmless text', async () => {
    expect((await show([KEY.api_key_id], { ...KEY, name: 'a\u001b[2J' })).stdout).toContain('Key a\\u{1b}[2J\n')
  })

  test('with --json is the answer of the API', async () => {
    expect(JSON.parse((await show([KEY.api_key_id, '--json'])).stdout)).toEqual(KEY)
  })

  test.each([
    ['access headers', [KEY.api_key_id, '--profile', 'access-headers'], 'signed with http-message-signatures only'],
    ['too short a beginning', ['8c1f02a'], 'first 8 characters'],
  ])('refuses %s, unsent', async (_, argv, message) => {
    const { code, stderr, seen } = await show(argv)
    expect({ code, seen }).toEqual({ code: 2, seen: [] })
    expect(stderr).toContain(message)
  })
})

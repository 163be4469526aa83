import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fakeServer, KEY_ID, KEY_PEM, signingOptions } from '../testing/fake-server.ts'
import { runIn, testFolder } from '../testing/test-io.ts'

const WHO = {
  account_id: '2a7b',
  account_name: 'Acme',
  operator: false,
  api_key_name: 'pricing-bot',
  api_key_id: KEY_ID,
  scopes: ['read', 'write'],
  usage_tier: 'basic',
  profile: 'http-message-signatures',
}

async function whoami(argv: string[] = [], answer: object = WHO) {
  const folder = await testFolder()
  const { url, seen } = await fakeServer(() => ({ body: answer }))
  return { ...(await runIn(folder, ['whoami', ...argv, ...(await signingOptions(folder, url))])), seen, url }
}

describe('whoami', () => {
  test('tells account and key', async () => {
    const { code, stdout, seen, url } = await whoami()
    expect(code).toBe(0)
    expect(seen).toMatchObject([{ method: 'GET', target: '/trade-api/v2/whoami' }])
    expect(stdout).toBe(
      `● ${url} accepts this key\n` +
        '  account      Acme, 2a7b\n' +
        '  external id  none\n' +
        '  kind         key holder\n' +
        '  key          pricing-bot\n' +
        `  key id       ${KEY_ID}\n` +
        '  scopes       read, write\n' +
        '  sub-account  none\n' +
        '  used from    everywhere\n' +
        "  bucket       its account's only\n" +
        '  expires      never\n' +
        '  usage tier   basic\n' +
        '  signed by    http-message-signatures\n',
    )
  })

  test('tells what an account may have beside, as harmless text', async () => {
    const { stdout } = await whoami([], { ...WHO, external_id: 'cus\u202e', subaccount: 0 })
    expect(stdout).toContain('  external id  cus\\u{202e}\n')
    expect(stdout).toContain('  sub-account  0\n')
  })

  test('with --json is the answer of the API', async () => {
    expect(JSON.parse((await whoami(['--json'])).stdout)).toEqual(WHO)
  })

  test('refuses to sign by access headers, unsent', async () => {
    const { code, stderr, seen } = await whoami(['--profile', 'access-headers'])
    expect({ code, seen }).toEqual({ code: 2, seen: [] })
    expect(stderr).toContain('error: this call is signed with http-message-signatures only')
  })

  test('does not sign by access headers because a saved profile says so', async () => {
    const folder = await testFolder()
    await writeFile(join(folder, 'k.pem'), KEY_PEM, { mode: 0o600 })
    const { url, seen } = await fakeServer(() => ({ body: WHO }))
    const save = ['profile', 'save', 'a', '--url', url, '--key-id', KEY_ID, '--key-file', 'k.pem']
    await runIn(folder, [...save, '--profile', 'access-headers'])
    expect((await runIn(folder, ['whoami'])).code).toBe(0)
    expect(seen).toMatchObject([{ profile: 'http-message-signatures' }])
  })
})

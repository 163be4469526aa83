import { describe, expect, test } from 'vitest'
import { fakeServer, signingOptions } from '../testing/fake-server.ts'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

const BOT = { api_key_id: '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10', name: 'pricing-bot', scopes: ['read'] }
const DESK = {
  api_key_id: '1b77e0d4-1111-4c0b-9f0e-6a2f3f7b9c10',
  name: '鍵',
  scopes: ['read', 'write'],
  subaccount: 3,
}

async function list(keys: object[], argv: string[] = [], io: TestIo = {}) {
  const folder = await testFolder()
  const { url, seen } = await fakeServer(() => ({ body: { api_keys: keys } }))
  const connection = await signingOptions(folder, url)
  return { ...(await runIn(folder, ['keys', 'list', ...connection, ...argv], io)), seen }
}

describe('keys list', () => {
  test('in a pipe shows whole ids', async () => {
    const { code, stdout, stderr } = await list([BOT, DESK])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(
      [
        'NAME         KEY ID                                SCOPES       SUB-ACCOUNT',
        'pricing-bot  8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10  read         none',
        '鍵           1b77e0d4-1111-4c0b-9f0e-6a2f3f7b9c10  read, write  3',
        '',
      ].join('\n'),
    )
  })

  test('on a terminal shows short ids', async () => {
    const { stdout } = await list([BOT], [], { terminal: true })
    expect(stdout).toBe('NAME         KEY ID    SCOPES  SUB-ACCOUNT\npricing-bot  8c1f02aa  read    none\n')
  })

  test('on a terminal drops columns from the right and wraps no row', async () => {
    const scopes = ['read', 'write', 'write::block_trade_accept', 'read::portfolio_balance', 'read::block_trade_accept']
    const { stdout } = await list([{ ...BOT, name: 'n'.repeat(128), scopes }], [], { terminal: true, columns: 20 })
    expect(stdout).toBe(`NAME${' '.repeat(30)}KEY ID\n${'n'.repeat(31)}…  8c1f02aa\n`)
  })

  test('in a pipe cuts nothing', async () => {
    const { stdout } = await list([{ ...BOT, name: 'n'.repeat(128) }], [], { columns: 20 })
    expect(stdout).toContain('n'.repeat(128))
    expect(stdout).toContain(BOT.api_key_id)
  })

  test('with --json is one document with the field names of the API', async () => {
    const { stdout, stderr } = await list([BOT, DESK], ['--json'])
    expect(JSON.parse(stdout)).toEqual({ api_keys: [BOT, DESK] })
    expect(stderr).toBe('')
  })

  test('of no keys says how to make one', async () => {
    const { code, stdout, stderr } = await list([])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toBe('No keys yet. Make one: countersign keys generate --name NAME --out FILE\n')
  })

  const hostile = { ...BOT, name: 'a\u202eb\u001b[2Jc\u0085\nd' }

  test('shows names as harmless text', async () => {
    const { stdout } = await list([hostile], [], { terminal: true })
    expect(stdout).toContain('a\\u{202e}b\\u{1b}[2Jc\\u{85}\\u{a}d')
  })

  test('keeps names in JSON what they are, and harmless', async () => {
    const { stdout } = await list([hostile], ['--json'])
    expect(JSON.parse(stdout).api_keys).toEqual([hostile])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(stdout).not.toMatch(/[\u202e\u001b\u0085]/)
  })

  test('has colours on a terminal only, and only where they are wanted', async () => {
    const env = { NO_COLOR: '' }
    expect((await list([BOT], [], { terminal: true, env })).stdout).toContain('\u001b[1mpricing-bot\u001b[22m')
    for (const [argv, io] of [
      [[], { env }],
      [['--no-color'], { terminal: true, env }],
      [[], { terminal: true, env: { NO_COLOR: '1' } }],
      [[], { terminal: true, env: { ...env, TERM: 'dumb' } }],
      [['--json'], { terminal: true, env }],
    ] as [string[], TestIo][]) {
      expect((await list([BOT], argv, io)).stdout).not.toContain('\u001b')
    }
  })
})

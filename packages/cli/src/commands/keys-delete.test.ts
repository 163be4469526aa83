import { describe, expect, test } from 'vitest'
import { fakeServer, KEY_ID, signingOptions } from '../testing/fake-server.ts'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

const ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'
const TWIN = '8c1f02aa-ffff-4c0b-9f0e-6a2f3f7b9c10'
const KEYS = [
  { api_key_id: ID, name: 'bot\u202e', scopes: ['read'] },
  { api_key_id: KEY_ID, name: 'own', scopes: ['read', 'write'] },
]

async function remove(argv: string[], io: TestIo = {}, keys: object[] = KEYS) {
  const folder = await testFolder()
  const { url, seen } = await fakeServer(({ method }) =>
    method === 'DELETE' ? { status: 204 } : { body: { api_keys: keys } },
  )
  const outcome = await runIn(folder, ['keys', 'delete', ...(await signingOptions(folder, url)), ...argv], io)
  const deleted = seen.filter(({ method }) => method === 'DELETE').map(({ target }) => target)
  return { ...outcome, deleted, seen }
}

describe('keys delete', () => {
  test.each([ID, ID.toUpperCase(), ID.slice(0, 8), ID.slice(0, 20)])('with --yes deletes %s', async (id) => {
    const { code, stdout, deleted, asked } = await remove([id, '--yes'])
    expect({ code, deleted, asked }).toEqual({ code: 0, deleted: [`/trade-api/v2/api_keys/${ID}`], asked: [] })
    expect(stdout).toBe(`● Key bot\\u{202e} deleted\n  key id  ${ID}\n`)
  })

  test('with --json tells the id', async () => {
    expect(JSON.parse((await remove([ID, '--yes', '--json'])).stdout)).toEqual({ api_key_id: ID })
  })

  test('on a terminal asks for the short id', async () => {
    const { code, deleted, asked, stderr } = await remove([ID], { terminal: true, answers: ['8c1f02aa'] })
    expect({ code, deleted }).toEqual({ code: 0, deleted: [`/trade-api/v2/api_keys/${ID}`] })
    expect(asked).toEqual(['Type 8c1f02aa to delete this key'])
    expect(stderr).toBe(`Key bot\\u{202e} (${ID}) stops working at once. This is final.\n`)
  })

  test('says so where it is the key that signs', async () => {
    const { stderr } = await remove([KEY_ID], { terminal: true, answers: [KEY_ID.slice(0, 8)] })
    expect(stderr).toContain('the key that this command signs with, stops working at once')
  })

  test.each([
    ['another id', '11111111'],
    ['yes', 'yes'],
    ['nothing', ''],
    ['Ctrl-C', undefined],
  ])('on a terminal deletes nothing where the answer is %s', async (_, answer) => {
    const { code, deleted } = await remove([ID], { terminal: true, answers: [answer] })
    expect({ code, deleted }).toEqual({ code: 1, deleted: [] })
  })

  test('with nobody to ask and no --yes does nothing', async () => {
    const { code, seen, stderr } = await remove([ID])
    expect({ code, seen }).toEqual({ code: 2, seen: [] })
    expect(stderr).toContain(`fix  countersign keys delete ${ID} --yes`)
  })

  test('refuses a prefix of two keys, naming both', async () => {
    const keys = [...KEYS, { api_key_id: TWIN, name: 'twin', scopes: ['read'] }]
    const { code, deleted, stderr } = await remove(['8c1f02aa', '--yes'], {}, keys)
    expect({ code, deleted }).toEqual({ code: 2, deleted: [] })
    expect(stderr).toContain(`${ID}, ${TWIN}`)
  })

  test('refuses an id that the account does not have', async () => {
    const { code, deleted, stderr } = await remove(['00000000', '--yes'])
    expect({ code, deleted }).toEqual({ code: 1, deleted: [] })
    expect(stderr).toContain('error: the account has no key 00000000')
  })

  test.each(['8c1f02a', '../../x1', 'a/b/c/d/e', '8c1f02aa?x'])('refuses %s as an id, unsent', async (id) => {
    const { code, seen } = await remove([id, '--yes'])
    expect({ code, seen }).toEqual({ code: 2, seen: [] })
  })
})

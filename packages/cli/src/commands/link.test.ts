import { describe, expect, test } from 'vitest'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

async function setUp() {
  const folder = await testFolder()
  const loadServer = () => import('@countersign/server')
  const run = (argv: string[], io: TestIo = {}) =>
    runIn(folder, argv, { terminal: true, loadServer, baseFolder: folder, ...io })
  await run(['bootstrap', '--account', 'demo', '--out', 'demo.pem', '--key-type', 'ed25519'])
  return { run }
}

describe('link', () => {
  test('prints a link that works once, and where it was made', async () => {
    const { run } = await setUp()
    const { code, stdout, stderr } = await run(['link', '--account', 'demo'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^Database: .+countersign\.db\n$/)
    expect(stdout).toMatch(
      /^● Sign-in link for demo\n {2}may {3}read, write\n {2}ends {2}in 10 min, works once: whoever opens it first is signed in\n {2}open {2}http:\/\/127\.0\.0\.1:4100\/dashboard\/enter#[\w-]{43}\n$/,
    )
  })

  test('names the public URL where there is one', async () => {
    const { run } = await setUp()
    const env = { COUNTERSIGN_PUBLIC_URL: 'https://keys.example.com' }
    const { stdout } = await run(['link', '--account', 'demo', '--read-only'], { env })
    expect(stdout).toContain('may   read\n')
    expect(stdout).toContain('open  https://keys.example.com/dashboard/enter#')
  })

  test('for operators makes their account where there is none, once', async () => {
    const { run } = await setUp()
    for (let i = 0; i < 2; i++) {
      const { code, stdout } = await run(['link', '--operator'])
      expect(code).toBe(0)
      expect(stdout).toContain('● Sign-in link for Operators\n')
      expect(stdout).toContain('may   read, write, admin: power over every account\n')
    }
  })

  test.each([
    ['a pipe', ['link', '--account', 'demo'], { terminal: false }],
    ['a JSON document', ['link', '--account', 'demo', '--json'], {}],
  ])('is never written to %s', async (_, argv, io) => {
    const { run } = await setUp()
    const { code, stdout, stderr } = await run(argv, io)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('a sign-in link is printed to a terminal only')
    expect(stderr).not.toContain('enter#')
  })

  test.each([
    ['nobody', ['link'], 2, 'a link is for somebody'],
    ['operators that may not write', ['link', '--operator', '--read-only'], 2, 'exclude each other'],
    ['an account that there is not', ['link', '--account', 'other'], 1, 'there is no account named other'],
    ['an operator that there is not', ['link', '--operator', '--account', 'x'], 1, 'no operator account named x'],
  ])('is refused for %s', async (_, argv, code, message) => {
    const { run } = await setUp()
    const outcome = await run(argv)
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toContain(message)
  })

  test('of an operator account is refused without --operator', async () => {
    const { run } = await setUp()
    await run(['link', '--operator'])
    const { code, stderr } = await run(['link', '--account', 'Operators'])
    expect(code).toBe(1)
    expect(stderr).toContain('Operators is an operator account')
  })
})

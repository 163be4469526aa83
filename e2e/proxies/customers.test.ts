import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linkOnDatabase } from '@countersign/server'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runIn } from '../../packages/cli/src/testing/test-io.ts'
import { buildDashboard } from '../../packages/dashboard/build-dashboard.ts'
import { signIn } from '../dashboard/support/dashboard-world.ts'
import { browserPath, launchBrowser, requireBrowser } from '../support/browser.ts'
import { type GivenKey, givenCustomer, givenKey, givenOperator, newPublicKey } from '../support/given-key.ts'
import { accessHeaders } from '../support/key-holder.ts'
import { useNodes } from '../support/nodes/use-nodes.ts'
import { PROXIES, useProxied } from '../support/proxy/proxied.ts'
import { send } from '../support/proxy/send.ts'

const ORDERS = '/trade-api/v2/orders'

/** Commands that call no server: they work on files, on the database, or are the server. */
const LOCAL = [
  'serve',
  'bootstrap',
  'link',
  'config check',
  'config explain',
  'sign',
  'profile save',
  'profile list',
  'profile use',
  'profile remove',
]

/** One step: who signs, the command line, what its output says, and its exit code where that is not 0. */
type Step = readonly [
  who: 'customer' | 'operator' | 'nobody',
  argv: (known: Known) => string[],
  says: RegExp,
  exitCode?: number,
]

/** What earlier steps made. */
interface Known {
  /** The file of the private key whose public key `keys create` registers. */
  readonly folder: string
  /** A key of the customer by its name. */
  readonly id: (name: string) => string
}

const STEPS: readonly Step[] = [
  ['customer', () => ['whoami'], /Alice/],
  ['customer', () => ['keys', 'generate', '--name', 'made', '--key-type', 'ed25519', '--out', 'made.pem'], /made\.pem/],
  ['customer', () => ['keys', 'create', '--name', 'own', '--public-key', 'own.pub'], /own/],
  ['customer', () => ['keys', 'list', '--json'], /"made"/],
  ['customer', ({ id }) => ['keys', 'show', id('made')], /made/],
  ['customer', ({ id }) => ['keys', 'edit', id('own'), '--name', 'renamed'], /renamed/],
  ['customer', ({ id }) => ['keys', 'disable', id('own')], /disabled/i],
  ['customer', ({ id }) => ['keys', 'enable', id('own')], /own|renamed/],
  ['customer', ({ id }) => ['keys', 'rotate', id('made'), '--name', 'next', '--out', 'next.pem'], /next\.pem/],
  ['customer', ({ id }) => ['keys', 'rotate', id('made'), '--status'], /next|old/i],
  ['customer', ({ id }) => ['keys', 'rotate', id('made'), '--finish'], /./],
  ['customer', ({ id }) => ['keys', 'revoke', id('own'), '--reason', 'superseded', '--yes'], /revoked/],
  ['customer', ({ id }) => ['keys', 'delete', id('own'), '--yes'], /deleted/i],
  // Counts are written a second later: there may be none yet, so only the sentence on stderr is certain.
  ['customer', () => ['usage'], /Counts are complete|ALLOWED/],
  ['customer', () => ['audit', 'list'], /key\.deleted/],
  ['customer', () => ['request', 'GET', '/trade-api/v2/account/limits'], /prestige/],
  // A request that signed another method: found wrong.
  ['customer', () => ['doctor', 'wrong.txt', '--live'], /POST/, 1],
  ['nobody', () => ['revoke', '--pem', 'next.pem', '--yes'], /is revoked in every account/],
  ['nobody', () => ['revoke', '--pem', 'found.pem', '--yes'], /was never registered/],
  ['operator', () => ['accounts', 'list'], /Alice/],
  ['operator', () => ['accounts', 'create', '--name', 'Acme', '--external-id', 'cus_1'], /Acme/],
  ['operator', () => ['accounts', 'show', 'Acme'], /cus_1/],
  ['operator', () => ['accounts', 'edit', 'Acme', '--tier', 'expert'], /expert/],
  ['operator', () => ['accounts', 'suspend', 'Acme'], /suspended/],
  ['operator', () => ['accounts', 'unsuspend', 'Acme'], /./],
  ['operator', () => ['usage', '--all'], /Counts are complete|ALLOWED/],
  ['operator', () => ['audit', 'list', '--all'], /account\.created/],
  ['operator', () => ['audit', 'export', '--out', 'audit.jsonl'], /audit\.jsonl/],
  ['operator', () => ['audit', 'verify'], /events/],
]

let browser: Browser | undefined
beforeAll(async () => {
  await buildDashboard(() => undefined)
  browser = browserPath() === undefined ? undefined : await launchBrowser()
}, 120_000)
afterAll(() => browser?.close())

test('the walk takes every command that the CLI has, but those that call no server', async () => {
  const walked = STEPS.map(([, argv]) => argv({ folder: '', id: () => 'id' }).filter((word) => /^[a-z]+$/.test(word)))
  const commands = await commandsOf([])
  const known = (command: string) => walked.some((words) => `${words.join(' ')} `.startsWith(`${command} `))
  expect(commands.filter((command) => !known(command)).sort()).toEqual([...LOCAL].sort())
})

const THROUGH = [
  ...PROXIES.map((kind) => [kind, () => useProxied(kind)] as const),
  ['caddy, to three nodes in turn', useNodes] as const,
]

describe.each(THROUGH)('what is for customers and operators, through %s', (_, use) => {
  const proxied = use()
  let folder: string
  let alice: GivenKey | undefined
  let operator: GivenKey

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-customer-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** The keys of this world, made once, their files in the folder. */
  async function people(): Promise<{ readonly alice: GivenKey; readonly operator: GivenKey }> {
    const { database } = proxied()
    if (!alice) {
      alice = await givenKey(database, await givenCustomer(database, 'Alice'), { name: 'first' })
      operator = await givenOperator(database)
      const files = { customer: alice.privateKey, operator: operator.privateKey }
      for (const [name, key] of Object.entries(files)) {
        await writeFile(join(folder, `${name}.pem`), key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
      }
      await writeFile(join(folder, 'own.pub'), newPublicKey())
      const wrong = Object.entries(accessHeaders(alice, 'POST', ORDERS)).map(([name, value]) => `${name}: ${value}`)
      await writeFile(join(folder, 'wrong.txt'), `GET ${ORDERS} HTTP/1.1\nHost: a\n${wrong.join('\n')}\n\n`)
      const stranger = generateKeyPairSync('ed25519').privateKey
      await writeFile(join(folder, 'found.pem'), stranger.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    }
    return { alice, operator }
  }

  test('every CLI command', { timeout: 60_000 }, async () => {
    const { alice, operator } = await people()
    const { port } = proxied()
    const ids = new Map<string, string>()
    const id = (name: string) => ids.get(name) ?? `no key ${name}`
    for (const [who, argv, says, exitCode = 0] of STEPS) {
      const signer = { customer: alice.keyId, operator: operator.keyId, nobody: undefined }[who]
      const env = {
        COUNTERSIGN_URL: `http://127.0.0.1:${port}`,
        ...(signer && { COUNTERSIGN_KEY_ID: signer, COUNTERSIGN_KEY_FILE: join(folder, `${who}.pem`) }),
      }
      const line = argv({ folder, id })
      const { code, stdout, stderr } = await runIn(folder, line, { env })
      expect({ line, code, stderr, says: says.test(stdout + stderr) || stdout }).toEqual({
        line,
        code: exitCode,
        stderr,
        says: true,
      })
      if (line.join(' ') === 'keys list --json') {
        const { api_keys: keys } = JSON.parse(stdout) as { api_keys: { name: string; api_key_id: string }[] }
        for (const key of keys) ids.set(key.name, key.api_key_id)
      }
    }
  })

  test('the reference', async () => {
    const { port } = proxied()
    expect((await send(port, { target: '/openapi.json' })).text).toContain('"openapi":"3.1.0"')
    expect((await send(port, { target: '/docs/' })).text).toContain('<script')
    expect((await send(port, { target: '/docs/js/scalar.js' })).status).toBe(200)
  })

  test.each([
    '/metrics',
    '/healthz',
    '/readyz',
    '/gate/v1/changes',
    '/gate/v1/keys/11111111-1111-4111-8111-111111111111',
    '/',
    '/dashboards',
    '/trade-api/v2/accounts',
    '/trade-api/v2/webhooks',
  ])('%s is nobody’s but the API’s', async (target) => {
    const answer = await send(proxied().port, { target })
    expect({ status: answer.status, challenge: answer.headers['accept-signature'] }).toMatchObject({ status: 401 })
    expect(answer.text).toContain('token_authentication_failure')
  })

  test.each([
    '/docs/../metrics',
    '/docs/..%2fmetrics',
    '/dashboard/../gate/v1/changes',
    '/trade-api/v2/account/../../../metrics',
    '/trade-api/v2/account/%2e%2e/%2e%2e/%2e%2e/metrics',
    '/docs//../metrics',
    '//metrics',
  ])('%s leads nowhere', async (target) => {
    const answer = await send(proxied().port, { target })
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('countersign_')
  })

  test('the dashboard: sign in by link, list, new key, rotate, revoke, sign out', {
    timeout: 60_000,
  }, async (context) => {
    requireBrowser(context)
    if (!browser) throw new Error('Chromium did not start')
    const { port, databaseUrl } = proxied()
    await people()
    const { url } = await linkOnDatabase(
      { databaseUrl, defaultTier: 'prestige', host: '127.0.0.1', port },
      { accountName: 'Alice' },
    )
    const own = await browser.newContext({ baseURL: `http://127.0.0.1:${port}`, acceptDownloads: true })
    context.onTestFinished(() => own.close())
    const page = await own.newPage()
    await signIn(page, url)
    await page.getByRole('link', { name: 'first' }).waitFor()
    await page.goto('/dashboard/browsers')
    await page.getByText('This browser').waitFor()

    await page.goto('/dashboard/keys/new')
    await page.getByLabel('Name').fill('of the dashboard')
    await page.getByRole('radio', { name: 'Ed25519' }).check()
    await page.getByRole('button', { name: 'Make key' }).click()
    await saved(page)
    await page.getByRole('heading', { name: 'of the dashboard' }).waitFor()

    await page.getByRole('link', { name: 'Rotate key' }).click()
    await page.getByRole('button', { name: 'Rotate key' }).click()
    await saved(page)

    await page.goto('/dashboard/keys')
    await page.getByRole('link', { name: 'of the dashboard' }).first().click()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Revoke key' }).click()
    const [, keyId = ''] = /keys\/([0-9a-f-]{36})/.exec(page.url()) ?? []
    await page.getByRole('dialog').getByRole('textbox').fill(keyId.slice(0, 8))
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke this key' }).click()
    await page.getByText('Revoked for good').waitFor()

    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('menuitem', { name: /Sign out/ }).click()
    await page.getByRole('heading', { name: 'Sign in with a link' }).waitFor()
  })
})

/** Saves a new private key where the page offers it, proves it by the page's own check, and goes on. */
async function saved(page: Page): Promise<void> {
  const save = page.getByRole('button', { name: /^Save / })
  const [download] = await Promise.all([page.waitForEvent('download'), save.click()])
  await page.locator('input[type=file]').setInputFiles(await download.path())
  await page.locator('#content').getByText('It works. The server accepted a request signed').waitFor()
  await page.getByRole('button', { name: 'Done' }).click()
}

/** The commands below one, as its help lists them; a command without others below it is one itself. */
async function commandsOf(path: readonly string[]): Promise<string[]> {
  const { stdout } = await runIn('.', [...path, '--help'], { columns: 200 })
  const [, listed = ''] = /^Commands:\n((?: .*\n)+)/m.exec(stdout) ?? []
  const names = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
  if (names.length === 0) return [path.join(' ')]
  return (await Promise.all(names.map((name) => commandsOf([...path, name])))).flat()
}

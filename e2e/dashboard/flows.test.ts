import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiKeysApi, Configuration } from 'kalshi-typescript'
import type { Download, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { browserPath, requireBrowser } from '../support/browser.ts'
import { call } from '../support/call.ts'
import { keyHolder } from '../support/key-holder.ts'
import { DIALECTS, type Dialect } from '../support/running-server.ts'
import { privateParameters } from '../support/secrets/private-parameters.ts'
import { createSecretSearch } from '../support/secrets/search.ts'
import { type DashboardWorld, type OpenedBrowser, signIn, startDashboardWorld } from './support/dashboard-world.ts'

const BASE = '/trade-api/v2'

// The client hangs its signing on the axios instance that it is given, so each key needs one of its own.
type Axios = NonNullable<ConstructorParameters<typeof ApiKeysApi>[2]>
const axios: { create(): Axios } = createRequire(import.meta.resolve('kalshi-typescript'))('axios')

describe.each(DIALECTS)('the dashboard (%s)', (dialect: Dialect) => {
  let world: DashboardWorld
  let clockMs = 0
  let holder: OpenedBrowser
  let page: Page

  beforeAll(async () => {
    if (browserPath() === undefined) return
    world = await startDashboardWorld(dialect, { now: () => Date.now() + clockMs })
    holder = await world.open()
    page = holder.page
    await signIn(page, await world.link({ account: 'Alice' }))
  })
  afterAll(() => world?.close())
  beforeEach(requireBrowser)

  /** A test of what the kind of database has no part in. */
  function once(name: string, run: () => Promise<void>): void {
    if (dialect === 'sqlite') test(name, run)
  }

  test('signs in by a link once: the code leaves the address, a used and an expired link are refused', async () => {
    const link = await world.link({ account: 'Bob' })
    const first = await world.open()
    await first.page.goto(link)
    await first.page.getByRole('heading', { name: 'Sign in to Bob?' }).waitFor()
    expect(first.page.url()).toBe(`${world.server.url}/dashboard/enter`)
    await first.page.getByRole('button', { name: 'Sign in this browser' }).click()
    await first.page.waitForURL('**/dashboard/keys')
    expect(first.requests.map((request) => request.url()).join()).not.toContain(codeOf(link))

    const second = await world.open()
    await second.page.goto(link)
    await second.page.getByRole('heading', { name: 'This link was already used' }).waitFor()

    const late = await world.link({ account: 'Bob' })
    clockMs = 11 * 60_000
    await second.page.goto('about:blank')
    await second.page.goto(late)
    await second.page.getByRole('heading', { name: 'This link has expired' }).waitFor()
    clockMs = 0
    await second.page.goto('about:blank')
    await second.page.goto(`${world.server.url}/dashboard/enter#${'A'.repeat(43)}`)
    await second.page.getByRole('heading', { name: 'This link is not valid here' }).waitFor()
    await Promise.all([first.close(), second.close()])
  })

  test('keeps a session key that cannot be exported, and a request of it is not taken twice', async () => {
    const kept = await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open('countersign')
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
      const stored = await new Promise<{ privateKey: CryptoKey }>((resolve) => {
        const request = database.transaction('session').objectStore('session').get('current')
        request.onsuccess = () => resolve(request.result)
      })
      const attempts = (['pkcs8', 'jwk', 'raw'] as const).map((format) =>
        crypto.subtle.exportKey(format, stored.privateKey).then(
          () => 'exported',
          (error: Error) => error.name,
        ),
      )
      return { isExtractable: stored.privateKey.extractable, attempts: await Promise.all(attempts) }
    })
    expect(kept.isExtractable).toBe(false)
    expect(kept.attempts).not.toContain('exported')

    const [sent] = await Promise.all([
      page.waitForRequest((request) => request.url().includes(`${BASE}/api_keys?view=full`)),
      page.reload(),
    ])
    const headers = Object.fromEntries(
      Object.entries(await sent.allHeaders()).filter(([name]) => !name.startsWith(':')),
    )
    await sent.response()
    const replayed = await fetch(sent.url(), { headers })
    expect({ status: replayed.status, ...(await replayed.json()).error }).toMatchObject({
      status: 401,
      details: 'SIGNATURE_ALREADY_USED',
    })
  })

  test.each(['Ed25519', 'RSA 2048'])(
    'makes an %s key here: no byte of it is sent, and its saved file signs',
    async (type) => {
      const before = holder.requests.length
      await fillIn(page, { name: `made here ${type}`, type, maker: 'this browser' })
      await page.getByRole('heading', { name: 'Save the private key of' }).waitFor()
      const { keyId, pem, path } = await saveAndCheck(page)
      const sent = holder.requests.slice(before)
      expect(sent.some((request) => request.method() === 'POST')).toBe(true)
      const search = createSecretSearch(privateParameters(`made here ${type}`, pem))
      expect(search.inBytes('the file itself', Buffer.from(pem))).not.toEqual([])
      for (const request of sent) {
        const whole = `${request.url()}\n${JSON.stringify(await request.allHeaders())}\n${request.postData() ?? ''}`
        expect(search.inBytes(request.url(), Buffer.from(whole))).toEqual([])
      }
      await page.getByRole('button', { name: 'Done' }).click()
      await page.getByRole('heading', { name: `made here ${type}` }).waitFor()
      expect(await page.content()).not.toContain(pem.split('\n')[1])
      expect(await statusOf(keyId, path)).toBe(200)
    },
  )

  test('has the server make a key, as older clients expect', async () => {
    await fillIn(page, { name: 'made there', type: 'Ed25519', maker: 'the server' })
    const { keyId, path } = await saveAndCheck(page)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('heading', { name: 'made there' }).waitFor()
    expect(await statusOf(keyId, path)).toBe(200)
  })

  once(
    'asks before an unsaved key is left, says what another file holds, and deletes what nobody can use',
    async () => {
      await fillIn(page, { name: 'left behind', type: 'Ed25519', maker: 'this browser' })
      await page.getByRole('heading', { name: 'Save the private key of' }).waitFor()
      expect(await page.locator('header, nav').count()).toBe(0)
      const shown = page.getByLabel('Private key')
      expect(await shown.textContent()).toMatch(/^-----BEGIN PRIVATE KEY----- •+$/)
      await page.locator('input[type=file]').setInputFiles({
        name: 'other.pem',
        mimeType: 'text/plain',
        buffer: Buffer.from(world.alice.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      })
      await page.locator('#content').getByText('This file holds another key.').waitFor()
      await page.getByRole('button', { name: 'Done' }).click()
      await page.getByRole('heading', { name: 'Leave without saving the private key?' }).waitFor()
      await page.getByRole('button', { name: 'Delete key and leave' }).click()
      await page.goto('/dashboard/keys')
      await page.getByRole('link', { name: 'made there' }).waitFor()
      expect(await page.getByRole('link', { name: 'left behind' }).count()).toBe(0)
    },
  )

  test('rotates a key: both are accepted, then the old one is finished', async () => {
    await fillIn(page, { name: 'to rotate', type: 'Ed25519', maker: 'this browser' })
    const old = await saveAndCheck(page)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('link', { name: 'Rotate key' }).click()
    await page.getByRole('button', { name: 'Rotate key' }).click()
    const next = await saveAndCheck(page)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('heading', { name: 'Old key' }).waitFor()
    expect(await statusOf(old.keyId, old.path)).toBe(200)
    expect(await statusOf(next.keyId, next.path)).toBe(200)
    await page.getByText(/^Old key: .* since the rotation began/).waitFor()
    await page.getByRole('button', { name: 'Finish now' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Finish now' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await statusOf(old.keyId, old.path)).toBe(401)
    expect(await statusOf(next.keyId, next.path)).toBe(200)
  })

  test('revokes a key once its short id is typed', async () => {
    await fillIn(page, { name: 'to revoke', type: 'Ed25519', maker: 'this browser' })
    const { keyId, path } = await saveAndCheck(page)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Revoke key' }).click()
    const dialog = page.getByRole('dialog')
    const revoke = dialog.getByRole('button', { name: 'Revoke this key' })
    expect(await revoke.isDisabled()).toBe(true)
    await dialog.getByRole('textbox').fill(keyId.slice(0, 8))
    await revoke.click()
    await page.getByText('Revoked for good').waitFor()
    expect(await statusOf(keyId, path)).toBe(401)
  })

  once('disables a key and enables it again', async () => {
    await page.goto(`/dashboard/keys/${world.alice.keyId}/settings`)
    await page.getByRole('button', { name: 'Disable key' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable key' }).click()
    await page.getByRole('button', { name: 'Enable key' }).click()
    await page.getByRole('button', { name: 'Disable key' }).waitFor()
  })

  once('names a signed query string, and marks the difference', async () => {
    await page.goto('/dashboard/doctor')
    await page.getByRole('button', { name: 'curl: query string signed' }).click()
    await page.getByRole('heading', { name: 'The query string was signed' }).waitFor()
    await page.getByText('certain: it verifies over the first line').waitFor()
    expect(await page.getByRole('group', { name: 'Signed and expected text' }).textContent()).toContain('?status=open')
  })

  test('lets an operator make an account and its sign-in link, and nobody else', async () => {
    const operator = await world.open()
    await signIn(operator.page, await world.link('operator'))
    await operator.page.getByRole('button', { name: 'New account' }).click()
    const dialog = operator.page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Acme Trading')
    await dialog.getByLabel('External id').fill('cus_1042')
    await dialog.getByRole('button', { name: 'Make account' }).click()
    await operator.page.getByRole('heading', { name: 'Acme Trading' }).waitFor()
    await operator.page.getByRole('button', { name: 'Make sign-in link' }).click()
    await operator.page.getByRole('dialog').getByRole('button', { name: 'Make link' }).click()
    await operator.page.getByRole('heading', { name: 'Sign-in link for Acme Trading' }).waitFor()
    await operator.page.getByRole('button', { name: 'Show' }).click()
    const link = (await operator.page.locator('[data-link]').textContent()) ?? ''

    const customer = await world.open()
    await signIn(customer.page, link)
    await customer.page.getByText('No keys yet').waitFor()
    await customer.page.goto('/dashboard/accounts')
    await customer.page.getByText('No such page or key.').waitFor()
    await Promise.all([operator.close(), customer.close()])
  })

  once('reads only where the link gave no more, and says so', async () => {
    const reader = await world.open()
    await signIn(reader.page, await world.link({ account: 'Alice', isReadOnly: true }))
    await reader.page.getByText('This session may only read. Ask for a link with write to make changes.').waitFor()
    expect(await reader.page.getByRole('button', { name: 'New key' }).isDisabled()).toBe(true)
    await reader.close()
  })

  test('ends a session at the server when it signs out', async () => {
    const leaving = await world.open()
    await signIn(leaving.page, await world.link({ account: 'Alice' }))
    await leaving.page.goto('/dashboard/browsers')
    await leaving.page.getByText('This browser').waitFor()
    await page.goto('/dashboard/browsers')
    await page.getByText('Chromium on Linux').nth(1).waitFor()
    const before = await page.getByText('Chromium on Linux').count()
    await leaving.page.getByRole('button', { name: 'Menu' }).click()
    await leaving.page.getByRole('menuitem', { name: /Sign out/ }).click()
    await leaving.page.getByRole('heading', { name: 'Sign in with a link' }).waitFor()
    await page.reload()
    await page.getByText('This browser').waitFor()
    expect(await page.getByText('Chromium on Linux').count()).toBe(before - 1)
    await leaving.close()
  })

  test('says over the page that stays when another browser has ended its session', async () => {
    const ended = await world.open()
    await signIn(ended.page, await world.link({ account: 'Alice' }))
    await page.goto('/dashboard/browsers')
    const buttons = page.getByRole('button', { name: 'End session' })
    await buttons.first().waitFor()
    const before = await buttons.count()
    // The newest is the first.
    await buttons.first().click()
    await buttons.nth(before - 1).waitFor({ state: 'detached' })
    await ended.page.getByRole('link', { name: 'Usage' }).click()
    const dialog = ended.page.getByRole('dialog', { name: 'Your session has ended.' })
    await dialog.getByText('It was ended from another browser. Open a new sign-in link.').waitFor()
    await ended.close()
  })

  test('asked no other host, and broke no rule of its content security policy', () => {
    expect(world.complaints).toEqual([])
  })

  /** Lists keys with what was saved: with the official client of the wire where the key is RSA, all that it signs with. */
  async function statusOf(keyId: string, path: string): Promise<number> {
    const pem = await readFile(path, 'utf8')
    const holder = keyHolder(keyId, pem)
    if (holder.privateKey.asymmetricKeyType !== 'rsa') {
      return (await call(world.server, 'GET', `${BASE}/api_keys`, { as: holder })).status
    }
    const official = new Configuration({ basePath: world.server.url + BASE, apiKey: keyId, privateKeyPath: path })
    return (await new ApiKeysApi(official, undefined, axios.create()).getApiKeys()).status
  }
})

interface Wanted {
  readonly name: string
  readonly type: string
  readonly maker: string
}

/** Fills in the form for a new key, and sends it. */
async function fillIn(page: Page, { name, type, maker }: Wanted): Promise<void> {
  await page.goto('/dashboard/keys/new')
  await page.getByLabel('Name').fill(name)
  await page.getByRole('radio', { name: type }).check()
  await page.getByRole('radio', { name: new RegExp(`^${maker}`) }).check()
  await page.getByRole('button', { name: 'Make key' }).click()
}

/** Saves the private key, and proves by the page's own check that the saved file signs. */
async function saveAndCheck(
  page: Page,
): Promise<{ readonly keyId: string; readonly pem: string; readonly path: string }> {
  const save = page.getByRole('button', { name: /^Save / })
  await save.waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), save.click()])
  const path = await keep(download)
  await page.locator('input[type=file]').setInputFiles(path)
  await page.locator('#content').getByText('It works. The server accepted a request signed with this file at').waitFor()
  const keyId = (await page.locator('dd').first().textContent())?.slice(0, 36) ?? ''
  return { keyId, path, pem: await readFile(path, 'utf8') }
}

async function keep(download: Download): Promise<string> {
  expect(download.suggestedFilename()).toMatch(/^[a-z0-9-]+-[0-9a-f]{8}\.pem$/)
  const path = join(tmpdir(), `countersign-${randomUUID()}.pem`)
  await download.saveAs(path)
  return path
}

function codeOf(link: string): string {
  return link.split('#')[1] ?? ''
}

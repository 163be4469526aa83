import { createHash } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startMessageWorld } from '../message-signatures/support/message-world.ts'
import { browserPath, launchBrowser, requireBrowser } from '../support/browser.ts'
import { bundleForBrowser } from '../support/bundle-for-browser.ts'
import { call } from '../support/call.ts'
import type { World } from '../support/world.ts'

/** What the page of these tests has beside a browser's own: the client, as browsers load it. */
declare const countersign: typeof import('@countersign/client')

const PAGE = '/signed-fetch-test'
const API_KEYS = '/trade-api/v2/api_keys'

let world: World
let bundle: string
let browser: Browser | undefined
let page: Page

beforeAll(async () => {
  world = await startMessageWorld('sqlite')
  bundle = await bundleForBrowser('@countersign/client')
  browser = browserPath() === undefined ? undefined : await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world.close()
})

beforeEach(async (context) => {
  requireBrowser(context)
  if (!browser) throw new Error('Chromium did not start')
  const own = await browser.newContext()
  context.onTestFinished(() => own.close())
  page = await own.newPage()
  // A page of the server's own origin: what it fetches goes to the server itself.
  const { url } = world.server
  const html = '<!doctype html><script type="module">import * as it from "/client.js"; window.countersign = it</script>'
  await page.route(`${url}${PAGE}`, (route) => route.fulfill({ contentType: 'text/html', body: html }))
  await page.route(`${url}/client.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: bundle }))
  await page.goto(url + PAGE)
  await page.waitForFunction(() => 'countersign' in window)
})

test("in Chromium, the mark of a key is the test vector's", async () => {
  const emptyFingerprint = [...createHash('sha256').update('').digest()]
  const drawn = await page.evaluate((bytes) => countersign.keyMark(new Uint8Array(bytes)), emptyFingerprint)
  expect(drawn.name).toBe('hexagon rose, 9 petals leaning left, inner 7 leaning right, square')
  const { full, small } = drawn.paths
  const [outer, inner] = ['outer', 'inner'].map((part) => full.find((path) => path.part === part))
  const hashes = [outer, inner, small[0]].map((path) =>
    createHash('sha256')
      .update(path?.d ?? '')
      .digest('hex')
      .slice(0, 16),
  )
  expect(hashes).toEqual(['d454b7b8ce4bab1c', '3349331386fd33f9', '50e1a0889adbc773'])
})

describe.each([
  ['Ed25519', 'http-message-signatures', { name: 'Ed25519' }],
  ['Ed25519', 'access-headers', { name: 'Ed25519' }],
  ['RSA', 'http-message-signatures', rsa('SHA-512')],
  ['RSA', 'access-headers', rsa('SHA-256')],
] as const)('in Chromium, a %s key that cannot be exported, by %s,', (_, profile, algorithm) => {
  test('is made, registered, and signs what the server accepts', async () => {
    const keyId = await registered(await makeKey(algorithm))

    const outcome = await page.evaluate(
      async ({ url, keyId, profile }) => {
        const { privateKey } = window as unknown as { privateKey: CryptoKey }
        const fetch = countersign.createSignedFetch({ keyId, privateKey, profile, baseUrl: url })
        const client = countersign.createManagementClient({ url, fetch })
        const made = await client.generateKey({ name: 'made in a browser', key_type: 'ed25519', scopes: ['read'] })
        const listed = await client.listKeys()
        await client.deleteKey(made.api_key_id)
        return {
          isExtractable: privateKey.extractable,
          exporting: await crypto.subtle.exportKey('pkcs8', privateKey).then(
            () => 'exported',
            (error: Error) => error.name,
          ),
          listed: listed.map(({ name }) => name),
          withQuery: (await fetch('/trade-api/v2/account/limits?a=b%20c')).status,
          afterwards: (await client.listKeys()).map(({ name }) => name),
        }
      },
      { url: world.server.url, keyId, profile },
    )

    expect(outcome).toMatchObject({ isExtractable: false, exporting: 'InvalidAccessError', withQuery: 200 })
    expect(outcome.listed).toContain('made in a browser')
    expect(outcome.afterwards).not.toContain('made in a browser')
  })

  test('is refused once it is deleted', async () => {
    const keyId = await registered(await makeKey(algorithm))
    const { status } = await call(world.server, 'DELETE', `${API_KEYS}/${keyId}`, { as: world.alice })
    expect(status).toBe(204)
    expect(await list(keyId, profile)).toMatchObject({ status: 401, code: 'authentication_error' })
  })
})

test('in Chromium, a clock that is an hour slow is corrected by the server', async () => {
  const keyId = await registered(await makeKey({ name: 'Ed25519' }))
  expect(await list(keyId, 'http-message-signatures', -3_600_000)).toEqual({ status: 200, code: undefined })
})

test('in Chromium, an RSA key of another digest is refused before anything is sent', async () => {
  const keyId = await registered(await makeKey(rsa('SHA-256')))
  await expect(list(keyId, 'http-message-signatures')).rejects.toThrow(
    'the RSA CryptoKey is bound to SHA-256, and this profile signs with SHA-512',
  )
})

test('what browsers load of the client has nothing of Node', () => {
  expect(bundle).not.toMatch(/^\s*import\b|\bimport\(|\brequire\(/m)
  expect(bundle).toContain('crypto.subtle')
})

function rsa(hash: string) {
  return { name: 'RSA-PSS', modulusLength: 2048, publicExponent: [1, 0, 1], hash } as const
}

/** Makes a key pair in the page, keeps the private key there as `privateKey`, and answers with the public key as PEM. */
function makeKey(algorithm: { readonly name: string } | ReturnType<typeof rsa>): Promise<string> {
  return page.evaluate(async (given) => {
    const exponent = 'publicExponent' in given && { publicExponent: Uint8Array.from(given.publicExponent) }
    const pair = (await crypto.subtle.generateKey({ ...given, ...exponent }, false, [
      'sign',
      'verify',
    ])) as CryptoKeyPair
    Object.assign(window, { privateKey: pair.privateKey })
    const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))
    const lines = btoa(String.fromCharCode(...spki)).match(/.{1,64}/g) ?? []
    return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n')
  }, algorithm)
}

async function registered(publicKey: string): Promise<string> {
  const json = { name: 'of a browser', public_key: publicKey }
  const answer = await call(world.server, 'POST', API_KEYS, { as: world.alice, json })
  expect(answer.status, answer.text).toBe(201)
  return JSON.parse(answer.text).api_key_id
}

/** Lists keys from the page, its clock wrong by so many milliseconds. */
function list(keyId: string, profile: 'access-headers' | 'http-message-signatures', offBy = 0) {
  return page.evaluate(
    async ({ url, keyId, profile, offBy, path }) => {
      const { privateKey } = window as unknown as { privateKey: CryptoKey }
      const now = () => Date.now() + offBy
      const fetch = countersign.createSignedFetch({ keyId, privateKey, profile, baseUrl: url, now })
      const response = await fetch(path)
      const { error } = (await response.json()) as { error?: { code: string } }
      return { status: response.status, code: error?.code }
    },
    { url: world.server.url, keyId, profile, offBy, path: API_KEYS },
  )
}

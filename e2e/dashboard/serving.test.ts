import { globSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildDashboard } from '../../packages/dashboard/build-dashboard.ts'
import { call } from '../support/call.ts'
import { startTestServer, type TestServer } from '../support/running-server.ts'

const BUILD = fileURLToPath(new URL('../../packages/server/public/dashboard/', import.meta.url))
const MAX_FIRST_LOAD_BYTES = 200 * 1024

/** What Vite says of each file of a build. */
interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
}

let server: TestServer

beforeAll(async () => {
  await buildDashboard(() => undefined)
  server = await startTestServer('sqlite', { settings: { scopes: ['read', 'write', 'read::"><b>'] } })
})
afterAll(() => server?.close())

test('is built once from the same sources', async () => {
  const built = statSync(`${BUILD}index.html`).mtimeMs
  await buildDashboard(() => expect.fail('it was built again'))
  expect(statSync(`${BUILD}index.html`).mtimeMs).toBe(built)
})

describe('the page', () => {
  test('is where the bare address leads', async () => {
    const { status, headers } = await call(server, 'GET', '/')
    expect([status, headers.location]).toEqual([302, '/dashboard'])
  })

  test.each(['/dashboard', '/dashboard/', '/dashboard/keys', '/dashboard/keys/8c1f02aa/settings'])(
    'is the same at %s',
    async (path) => {
      const { status, headers } = await call(server, 'GET', path)
      expect({ status, type: headers['content-type'], cache: headers['cache-control'] }).toEqual({
        status: 200,
        type: 'text/html; charset=utf-8',
        cache: 'no-store',
      })
    },
  )

  test('has a policy that runs nothing but its own files, and turns no string into markup or script', async () => {
    const { headers } = await call(server, 'GET', '/dashboard')
    const policy = Object.fromEntries(
      (headers['content-security-policy'] ?? '').split('; ').map((part) => part.split(/ (.*)/s) as [string, string]),
    )
    expect(policy).toEqual({
      'default-src': "'none'",
      'script-src': `127.0.0.1:${server.port}/dashboard/assets/`,
      'style-src': "'self'",
      'font-src': "'self'",
      'img-src': "'self'",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      'require-trusted-types-for': "'script'",
      'trusted-types': "'none'",
    })
  })

  test('has no inline script or style, and settings that cannot end their attribute', async () => {
    const { text } = await call(server, 'GET', '/dashboard')
    for (const [, attributes = '', content] of text.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
      expect({ hasSource: attributes.includes('src='), content }).toEqual({ hasSource: true, content: '' })
    }
    expect(text).not.toMatch(/<style|style=|\son\w+=|\{settings\}|\{nonce\}/)
    expect(text).toContain('read::\\&#34;&#62;&#60;b&#62;')
    expect(text).not.toContain('<b>')
  })

  test('asks for no host but its own', async () => {
    const { text } = await call(server, 'GET', '/dashboard')
    for (const [, url = ''] of text.matchAll(/(?:src|href)="([^"]*)"/g)) expect(url).toMatch(/^\/dashboard\/assets\//)
  })
})

describe('its files', () => {
  test('are kept for a year, and sent as they were compressed', async () => {
    const file = chunksOfFirstLoad()[0] ?? ''
    const answer = await call(server, 'GET', `/dashboard/${file}`, { headers: { 'accept-encoding': 'br' } })
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-encoding': 'br', 'cache-control': 'public, max-age=31536000, immutable' },
    })
  })

  test.each(['/dashboard/assets/nothing.js', '/dashboard/assets/.hidden', '/dashboard/assets/a/b.js'])(
    'are no others: %s',
    async (path) => {
      const { status, text } = await call(server, 'GET', path)
      expect({ status, isPage: text.includes('<!doctype html>') }).toEqual({ status: 404, isPage: false })
    },
  )

  test.each(['/dashboard/assets/../index.html', '/dashboard/assets/..%2findex.html', '/dashboard/assets/%2e%2e/stamp'])(
    'are no way out of their folder: %s',
    async (path) => {
      expect((await call(server, 'GET', path)).status).toBe(400)
    },
  )

  test('are 200 KiB of script at most, gzipped, for the first page', () => {
    const bytes = chunksOfFirstLoad().reduce((sum, file) => sum + gzipSync(readFileSync(BUILD + file)).length, 0)
    expect(bytes).toBeGreaterThan(50_000)
    expect(bytes).toBeLessThanOrEqual(MAX_FIRST_LOAD_BYTES)
  })

  test('have no source of a string that becomes code', () => {
    for (const file of globSync('assets/*.js', { cwd: BUILD })) {
      expect(readFileSync(BUILD + file, 'utf8'), file).not.toMatch(/\beval\(|new Function\(/)
    }
  })
})

/** The scripts of the page that is first seen: the entry, the list of keys, and what they load. */
function chunksOfFirstLoad(): string[] {
  const manifest: Readonly<Record<string, Chunk>> = JSON.parse(readFileSync(`${BUILD}manifest.json`, 'utf8'))
  const found = new Set<string>()
  const add = (name: string) => {
    if (found.has(name)) return
    found.add(name)
    for (const imported of manifest[name]?.imports ?? []) add(imported)
  }
  for (const [name, { isEntry }] of Object.entries(manifest)) {
    if (isEntry || name.endsWith('/keys-page.tsx')) add(name)
  }
  return [...found].flatMap((name) => manifest[name]?.file ?? []).filter((file) => file.endsWith('.js'))
}
